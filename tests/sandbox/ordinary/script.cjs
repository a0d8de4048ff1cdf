// What JavaScript does on an ordinary day; prints a JSON object of what did not go well.
const { execFileSync, fork, spawn } = require('child_process');
const { Worker } = require('worker_threads');
const [crypto, dgram, dns, http, net, os, util, v8, zlib] =
  ['crypto', 'dgram', 'dns', 'http', 'net', 'os', 'util', 'v8', 'zlib'].map((name) => require(name));
const assert = require('assert');
const stream = require('stream/promises');
const once = require('events').once;

const parts = {
  async programs() {
    assert.equal(execFileSync('sh', ['-c', 'echo x | tr x y; ls /work > /dev/null']).toString(), 'y\n');
    const cat = spawn('cat', { detached: true });
    cat.stdin.end('x');
    assert.equal((await once(cat.stdout, 'data')).toString(), 'x');
    const sleeper = spawn('sleep', ['9']);
    sleeper.kill();
    assert.deepEqual(await once(sleeper, 'exit'), [null, 'SIGTERM']);
  },
  async forks() {
    fs.writeFileSync('/tmp/child.js', 'process.send({a: 1}); process.disconnect()');
    const child = fork('/tmp/child.js');
    assert.deepEqual((await once(child, 'message'))[0], { a: 1 });
  },
  async workers() {
    const code = 'require("worker_threads").parentPort.postMessage(new SharedArrayBuffer(8).byteLength)';
    const said = [1, 2, 3].map(() => once(new Worker(code, { eval: true }), 'message'));
    assert.deepEqual((await Promise.all(said)).flat(), [8, 8, 8]);
  },
  async secrets() {
    crypto.createHash('sha256').update(crypto.randomBytes(16)).digest('hex');
    await util.promisify(crypto.pbkdf2)('x', 'y', 100, 32, 'sha256');
    await util.promisify(crypto.scrypt)('x', 'y', 32);
    crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await crypto.subtle.digest('SHA-256', Buffer.from('x'));
  },
  async files() {
    const folder = fs.mkdtempSync('/tmp/files-');
    const first = path.join(folder, 'first');
    fs.writeFileSync(first, 'x');
    fs.copyFileSync(first, path.join(folder, 'copy'));
    await fs.promises.cp(folder, `${folder}-too`, { recursive: true });
    fs.renameSync(first, path.join(folder, 'second'));
    const second = path.join(folder, 'second');
    fs.symlinkSync(second, path.join(folder, 'link'));
    fs.linkSync(second, path.join(folder, 'linked'));
    assert.equal(fs.realpathSync(path.join(folder, 'link')), second);
    fs.utimesSync(second, 1, 1);
    fs.chmodSync(second, 0o600);
    fs.statfsSync(folder);
    const open = await fs.promises.open(second, 'r+');
    await open.write('abc');
    await open.sync();
    await open.readv([Buffer.alloc(3)], 0);
    await open.truncate(1);
    await open.close();
    await stream.pipeline(
      fs.createReadStream(second), zlib.createGzip(), fs.createWriteStream(`${second}.gz`));
    assert(fs.readdirSync(folder, { recursive: true }).length >= 5);
    fs.rmSync(folder, { recursive: true });
  },
  async watching() {
    const watcher = fs.watch('/tmp');
    setTimeout(() => fs.writeFileSync('/tmp/watched', 'x'), 10);
    await once(watcher, 'change');
    watcher.close();
  },
  async servers() {
    const server = http.createServer((_, answer) => answer.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), 'hello');
    server.closeAllConnections();
    server.close();
    const local = net.createServer((socket) => socket.end('x')).listen('/tmp/local.sock');
    await once(local, 'listening');
    assert.equal((await once(net.connect('/tmp/local.sock'), 'data')).toString(), 'x');
    local.close();
    const datagrams = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(datagrams, 'listening');
    datagrams.close();
  },
  async names() {
    assert.equal((await dns.promises.lookup('localhost', { hints: dns.ADDRCONFIG })).address, '127.0.0.1');
    await assert.rejects(dns.promises.lookup('example.com'));
    await assert.rejects(dns.promises.resolve4('example.com'));
  },
  async system() {
    assert(os.cpus().length && os.availableParallelism() && os.totalmem() && os.release());
    assert.equal(os.userInfo().username, 'analyst');
    assert(process.memoryUsage().rss && process.resourceUsage() && process.constrainedMemory());
    assert(v8.getHeapStatistics().total_heap_size && process.report.getReport().header);
    os.setPriority(1);
  },
  async languages() {
    assert.equal((await import('node:path')).sep, '/');
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin' }).format(new Date());
    zlib.brotliCompressSync('x'.repeat(1000));
    new (require('node:sqlite').DatabaseSync)('/work/data/node.db').exec('create table one (a)');
  },
  async cloud() {
    const { GetCallerIdentityCommand, STSClient } = require('@aws-sdk/client-sts');
    const said = await new STSClient({}).send(new GetCallerIdentityCommand({}));
    assert.equal(said.Account, '111122223333');
  },
};

(async () => {
  const failed = {};
  for (const [name, part] of Object.entries(parts)) {
    await part().catch((error) => { failed[name] = error.stack; });
  }
  console.log(JSON.stringify(failed));
})();
