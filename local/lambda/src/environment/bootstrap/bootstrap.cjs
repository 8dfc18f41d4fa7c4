// Runs the handler of a Node.js function: polls the Runtime API, as Lambda's managed runtimes do.
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { format } = require('node:util');
const { pathToFileURL } = require('node:url');

const ROOT = process.env.LAMBDA_TASK_ROOT;
const JSON_LOGS = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
// From Node.js 24 on, Lambda has no callbacks.
const WITHOUT_CALLBACKS = Number(/^AWS_Lambda_nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1]) >= 24;
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

// The id of the last invocation.
let requestId;
// Where a failure is reported; undefined while there is nothing to report on.
let failurePath = 'init/error';
// The continuation when nothing is left to wait for.
let whenIdle;

class Fault extends Error {
  constructor(kind, message) {
    super(message);
    Object.defineProperty(this, 'name', { value: kind });
  }
}

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: HOST, port: PORT, path: `/2018-06-01/runtime/${path}`, method, agent };
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const request = http.request({ ...options, headers: { ...headers, ...length } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

// Returns the error object that Lambda's callers get.
function errorObject(error) {
  if (!isError(error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const trace = (error.stack || '').split('\n');
  return { errorType: String(error.name), errorMessage: error.message, trace };
}

function report(path, error) {
  const body = errorObject(error);
  const headers = {
    'Content-Type': 'application/json',
    // Only characters that a header can hold.
    'Lambda-Runtime-Function-Error-Type': body.errorType.replace(/[^\x20-\x7e]/g, '?'),
  };
  return call('POST', path, JSON.stringify(body), headers);
}

// Writes synchronously: a line must be in the pipe before the invocation ends.
function writeLine(line) {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(1, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') {
        throw error;
      }
    }
  }
}

function logged(value) {
  if (!isError(value)) {
    return value;
  }
  const { errorType, errorMessage, trace } = errorObject(value);
  return { errorType, errorMessage, stackTrace: trace.slice(1).map((line) => line.trim()) };
}

function log(level, parts) {
  const time = new Date().toISOString();
  if (!JSON_LOGS) {
    // One event of the log, not one for each line.
    const text = format(...parts).replace(/\n/g, '\r');
    writeLine(`${time}\t${requestId}\t${level}\t${text}`);
    return;
  }
  if (LEVELS.indexOf(level) < LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL)) {
    return;
  }
  const [first] = parts;
  const single = parts.length === 1 && typeof first === 'object' && first !== null;
  let line;
  try {
    line = JSON.stringify({
      timestamp: time,
      level,
      requestId,
      message: single ? logged(first) : format(...parts),
    });
  } catch {
    // A cycle or a BigInt.
    line = JSON.stringify({ timestamp: time, level, requestId, message: format(...parts) });
  }
  writeLine(line);
}

function logError(what, error) {
  if (JSON_LOGS) {
    log('ERROR', [error]);
    return;
  }
  const { errorType, errorMessage, trace } = errorObject(error);
  const more = isError(error) ? error : {};
  log('ERROR', [`${what}\t${JSON.stringify({ errorType, errorMessage, ...more, stack: trace })}`]);
}

function patchConsole() {
  const levels = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...parts) => log(level, parts);
  }
}

// Reports whether Node.js treats the `.js` files of this directory as ES modules.
function hasTypeModule(directory) {
  for (;;) {
    const file = path.join(directory, 'package.json');
    if (fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
      } catch {
        return false;
      }
    }
    const parent = path.dirname(directory);
    if (directory === ROOT || parent === directory) {
      return false;
    }
    directory = parent;
  }
}

// Loads a module of the package, or one that Node.js finds by its name.
async function loadModule(directory, name) {
  const file = path.resolve(ROOT, directory, name);
  const asModule = (extension) => import(pathToFileURL(file + extension));
  const isFile = (extension) => {
    const found = fs.statSync(file + extension, { throwIfNoEntry: false });
    return found !== undefined && found.isFile();
  };
  if (isFile('')) {
    return require(file);
  }
  if (isFile('.js')) {
    return hasTypeModule(path.dirname(file)) ? asModule('.js') : require(`${file}.js`);
  }
  if (isFile('.mjs')) {
    return asModule('.mjs');
  }
  if (isFile('.cjs')) {
    return require(`${file}.cjs`);
  }
  return require(require.resolve(name, { paths: [ROOT, path.join(ROOT, directory)] }));
}

// Returns the function that `handler` names as `directory/module.function`.
async function load(handler) {
  if (handler.includes('..')) {
    throw new Fault('Runtime.MalformedHandlerName', `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const base = path.basename(handler);
  const directory = handler.slice(0, handler.length - base.length);
  const parts = /^([^.]*)\.(.*)$/.exec(base);
  if (parts === null || parts[1] === '' || parts[2] === '') {
    throw new Fault('Runtime.MalformedHandlerName', 'Bad handler');
  }
  let found;
  try {
    found = await loadModule(directory, parts[1]);
  } catch (error) {
    if (error instanceof SyntaxError) {
      const fault = new Fault('Runtime.UserCodeSyntaxError', String(error));
      fault.stack = error.stack;
      throw fault;
    }
    if (isError(error) && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')) {
      throw new Fault('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
  const member = (from) => parts[2].split('.').reduce((value, name) => value?.[name], from);
  // A CommonJS module that is imported has its exports in `default`.
  const handle = member(found) ?? member(found?.default);
  if (handle === undefined) {
    throw new Fault('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (typeof handle !== 'function') {
    throw new Fault('Runtime.HandlerNotFound', `${handler} is not a function`);
  }
  if (WITHOUT_CALLBACKS && handle.length >= 3) {
    throw new Fault(
      'Runtime.CallbackHandlerDeprecated',
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
        'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
        'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  }
  return handle;
}

function parsed(text) {
  return text === undefined ? undefined : JSON.parse(text);
}

// Runs a handler. The result settles with its promise, or its callback, or when nothing is left to do.
function invoke(handle, headers, event) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) => {
      const done = () => (error === undefined || error === null ? resolve(result) : reject(error));
      if (context.callbackWaitsForEmptyEventLoop) {
        whenIdle = done;
      } else {
        done();
      }
    };
    const now = (error, result) => {
      context.callbackWaitsForEmptyEventLoop = false;
      settle(error, result);
    };
    const deadline = Number(headers['lambda-runtime-deadline-ms']);
    const context = {
      callbackWaitsForEmptyEventLoop: true,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: parsed(headers['lambda-runtime-client-context']),
      identity: parsed(headers['lambda-runtime-cognito-identity']),
      invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
      awsRequestId: requestId,
      getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
      succeed: (result) => now(undefined, result),
      fail: (error) => now(error ?? 'handled'),
      done: now,
    };
    // Without a promise or a callback, Lambda responds with null.
    whenIdle = () => resolve(null);
    const result = handle(JSON.parse(event), context, settle);
    if (typeof result?.then === 'function') {
      // Of an async handler, only the promise counts. If nothing is left that could settle it, the
      // response is null, too.
      result.then(resolve, (error) => reject(error ?? new Error('handled')));
    }
  });
}

async function respond(handle, headers, event) {
  let body;
  try {
    const result = await invoke(handle, headers, event);
    body = JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch (error) {
    logError('Invoke Error', error);
    await report(failurePath, error);
    return;
  } finally {
    whenIdle = undefined;
  }
  await call('POST', `invocation/${requestId}/response`, body, { 'Content-Type': 'application/json' });
}

// Ends the process after an error that no code of the function handles.
async function die(kind, error, code) {
  const fault = kind === undefined ? error : new Fault(kind, isError(error) ? String(error) : format(error));
  if (kind !== undefined && isError(error)) {
    fault.stack = error.stack;
  }
  logError(kind === undefined ? 'Uncaught Exception' : 'Unhandled Promise Rejection', fault);
  try {
    if (failurePath !== undefined) {
      await report(failurePath, fault);
    }
  } finally {
    process.exit(code);
  }
}

async function main() {
  patchConsole();
  process.on('uncaughtException', (error) => die(undefined, error, 129));
  process.on('unhandledRejection', (error) => die('Runtime.UnhandledPromiseRejection', error, 128));
  process.on('beforeExit', () => {
    const next = whenIdle;
    whenIdle = undefined;
    next?.();
  });
  let handle;
  try {
    handle = await load(process.env._HANDLER);
  } catch (error) {
    await die(undefined, error, 1);
  }
  for (;;) {
    failurePath = undefined;
    const { status, headers, text } = await call('GET', 'invocation/next');
    if (status !== 200) {
      process.exit(1);
    }
    requestId = headers['lambda-runtime-aws-request-id'];
    failurePath = `invocation/${requestId}/error`;
    if (headers['lambda-runtime-trace-id'] === undefined) {
      delete process.env._X_AMZN_TRACE_ID;
    } else {
      process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    }
    await respond(handle, headers, text);
  }
}

main();
