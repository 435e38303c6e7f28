const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { Producer } = require('@rocketmq-ts/client');
const { openTelemetry } = require('@rocketmq-ts/opentelemetry');

async function main() {
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
}

main();
