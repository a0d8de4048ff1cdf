// What runs before a JavaScript script: waits for the order, then lets Node load script.js itself,
// so that a stack trace shows the script's own lines and nothing of this file.
//
// script.js is CommonJS, or an ES module where it uses import, export or a top-level await; `require`
// is at hand in both.
'use strict';

const fs = require('node:fs');

const DATA = '/work/data';
const FIGURE_FD = 3;
const FIGURE_BYTES = 4096;
const MAX_FIGURES = 200;
// What a warm process requires while it waits; EC2's client alone would take 65 MB more.
const CLIENTS_EARLY = ['cost-explorer', 'athena', 'cloudwatch', 'cloudtrail', 's3', 'sts'];
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

// Workers and forked processes load this file again and have no order.
if (process.env.FINOPS_ORDER !== undefined) begin();

function begin() {
  const { createRequire } = require('node:module');
  const orderFd = Number(process.env.FINOPS_ORDER);
  const readyFd = Number(process.env.FINOPS_READY);
  const warm = process.env.FINOPS_WARM !== '';
  for (const name of ['FINOPS_ORDER', 'FINOPS_READY', 'FINOPS_WARM', 'NODE_COMPILE_CACHE']) delete process.env[name];
  process.execArgv = [];
  // A pipe would lose what is under way when the script calls process.exit().
  for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);

  const require_ = createRequire('/work/script.js');
  if (warm) for (const client of CLIENTS_EARLY) require_(`@aws-sdk/client-${client}`);
  fs.closeSync(readyFd);
  const received = fs.readFileSync(orderFd, 'utf8');
  fs.closeSync(orderFd);
  if (received === '') process.exit(0); // prepared, and not needed
  const order = JSON.parse(received);
  const given = {
    params: order.params, bill: order.bill, DATA_DIR: DATA, figure: figures(),
    fs, path: require('node:path'), require: require_,
    __filename: '/work/script.js', __dirname: '/work',
  };
  for (const [name, value] of Object.entries(given)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  process.on('uncaughtExceptionMonitor', (error) => sayWhatThereIs(error, order.listing));
}

function figures() {
  let declared = 0;
  return function figure(value, unit, label, pedigree = {}) {
    const exact = String(value);
    if (!DECIMAL.test(exact)) throw new TypeError(`figure() takes a number as its value, not ${exact}`);
    const said = Object.entries(pedigree).filter(([, item]) => item !== null && item !== undefined);
    const fields = {
      ...Object.fromEntries(said.map(([name, item]) => [name, String(item)])),
      value: exact, unit: String(unit), label: String(label),
    };
    const line = Buffer.from(JSON.stringify(fields) + '\n');
    if (line.length > FIGURE_BYTES) {
      throw new RangeError(`a figure takes at most ${FIGURE_BYTES} bytes with its pedigree`);
    }
    if (declared >= MAX_FIGURES) throw new RangeError(`a script declares at most ${MAX_FIGURES} figures`);
    declared += 1;
    fs.writeSync(FIGURE_FD, line);
  };
}

// After a file of data/ was not found: what the box holds, and what the workspace has.
function sayWhatThereIs(error, elsewhere) {
  if (error?.code !== 'ENOENT' || typeof error.path !== 'string') return;
  const path = require('node:path');
  const wanted = path.resolve(error.path).replace('/work/workspace/data/', `${DATA}/`);
  if (!wanted.startsWith(`${DATA}/`)) return;
  const here = fs.readdirSync(DATA, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(DATA, path.join(entry.parentPath, entry.name))).sort();
  const others = elsewhere.filter((name) => !here.includes(name));
  fs.writeSync(2, `data/ holds: ${here.slice(0, 50).join(', ') || 'nothing'}\n`);
  if (others.length > 0) {
    fs.writeSync(2, `workspace/data also holds: ${others.slice(0, 50).join(', ')} (a script sees what it `
      + 'names in a string or what its inputs list)\n');
  }
}
