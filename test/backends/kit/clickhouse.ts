import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BackendSpec } from './backend.ts';

const config = (port: number, folder: string) => `<yandex>
<logger><level>warning</level><log>${folder}/log</log><errorlog>${folder}/errors</errorlog></logger>
<http_port>${port}</http_port><listen_host>127.0.0.1</listen_host>
<path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path><users_config>users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>1000000</mark_cache_size>
</yandex>
`;

const users = `<yandex><profiles><default/></profiles><quotas><default/></quotas><users>
<saker><password>correct horse</password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></saker>
</users></yandex>
`;

async function isUp(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/ping`)).ok;
  } catch {
    return false;
  }
}

/** A server of ClickHouse with one user. */
export const clickHouse: BackendSpec = {
  command: 'clickhouse-server',
  prepare(port, folder) {
    writeFileSync(path.join(folder, 'config.xml'), config(port, folder));
    writeFileSync(path.join(folder, 'users.xml'), users);
  },
  args: (_, folder) => [`--config-file=${folder}/config.xml`],
  isReady: isUp,
};
