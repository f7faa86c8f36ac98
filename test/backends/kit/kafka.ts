import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BackendSpec, freePort, programPath } from './backend.ts';
import { makeCertificate } from './certificates.ts';

const jars = process.env['SAKER_KAFKA_JARS'];
const login = 'org.apache.kafka.common.security';

export const kafkaUser = { username: 'saker', password: 'correct horse' } as const;

const config = (port: number, securePort: number, controllerPort: number, folder: string) => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${securePort},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port},SASL_SSL://localhost:${securePort}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs=${folder}/data
num.partitions=3
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
message.max.bytes=1048588
ssl.keystore.type=PEM
ssl.keystore.location=${folder}/keystore.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required user_saker="${kafkaUser.password}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;
`;

function java(...args: readonly string[]): string {
  return execFileSync('java', ['-Xmx256m', '-cp', `${jars}/*`, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** The port with TLS and sign-in, behind the one without. */
export function securePort(folder: string): number {
  return Number(readFileSync(path.join(folder, 'secure-port'), 'utf8'));
}

const isHere = jars !== undefined && existsSync(jars) && programPath('java') !== undefined;

/** A broker in KRaft mode, of the jars that SAKER_KAFKA_JARS names. */
export const kafka: BackendSpec = {
  command: isHere ? 'java' : 'java with the folder SAKER_KAFKA_JARS',
  async prepare(port, folder) {
    const [secure, controller] = [await freePort(), await freePort()];
    const { certFile, keyFile } = makeCertificate(folder, 'DNS:localhost');
    writeFileSync(path.join(folder, 'keystore.pem'), readFileSync(keyFile, 'utf8') + readFileSync(certFile, 'utf8'));
    writeFileSync(path.join(folder, 'secure-port'), String(secure));
    writeFileSync(path.join(folder, 'server.properties'), config(port, secure, controller, folder));
    const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${kafkaUser.username},password="${kafkaUser.password}"]`,
    ]);
    const format = ['format', '--cluster-id', 'MkU3OEVBNTcwNTJENDM2Qk', '--config', `${folder}/server.properties`];
    java('kafka.tools.StorageTool', ...format, ...users);
  },
  args: (_, folder) => ['-Xmx512m', '-cp', `${jars}/*`, 'kafka.Kafka', `${folder}/server.properties`],
  secondsToStart: 120,
};

/** A message as Kafka's own consumer shows it. */
export interface KafkaMessage {
  readonly timestamp: string;
  readonly partition: number;
  readonly headers: string;
  readonly key: string;
  readonly value: string;
}

/** Reads that many messages of a topic from its begin, by Kafka's own tool. */
export function consume(port: number, topic: string, count: number, waitMs = 60_000): KafkaMessage[] {
  const shown = ['timestamp', 'partition', 'headers', 'key', 'value'].flatMap((part) => [
    '--property',
    `print.${part}=true`,
  ]);
  const place = ['--bootstrap-server', `127.0.0.1:${port}`, '--topic', topic, '--from-beginning'];
  const bounds = ['--max-messages', String(count), '--timeout-ms', String(waitMs)];
  const separator = ['--property', 'key.separator=\u0001', '--property', 'headers.separator=,'];
  const printed = java('org.apache.kafka.tools.consumer.ConsoleConsumer', ...place, ...bounds, ...shown, ...separator);
  return printed
    .split('\n')
    .filter((line) => line.includes('\u0001'))
    .map((line) => {
      const [timestamp, partition, headers, key, value] = line.split('\u0001') as [
        string,
        string,
        string,
        string,
        string,
      ];
      return { timestamp, partition: Number(partition.replace('Partition:', '')), headers, key, value };
    });
}
