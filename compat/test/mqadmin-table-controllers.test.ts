import { startControlledScene } from '../support/mqadmin-table/controlled-scene.ts';
import { pairingSuite } from '../support/mqadmin-table/pairing-suite.ts';
import { CONTROLLERS } from '../support/mqadmin-table/steps/controllers.ts';

pairingSuite(
  'the commands of controllers and of broker containers, ours and Apache’s',
  CONTROLLERS,
  startControlledScene,
);
