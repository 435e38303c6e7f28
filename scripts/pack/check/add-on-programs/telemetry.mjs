import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Producer } from '@rocketmq-ts/client';
import { openTelemetry } from '@rocketmq-ts/opentelemetry';

const [namesrvAddr] = process.argv.slice(2);
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const instrumentation = openTelemetry({ tracerProvider });
const producer = new Producer({ namesrvAddr, producerGroup: 'telemetry', instrumentation });
await producer.start();
await producer.send({ topic: 'Telemetry', body: 'b' });
await producer.stop();
console.log(
  exporter
    .getFinishedSpans()
    .map((span) => span.name)
    .join(),
);
