"""Runs the handler of a Python function: polls the Runtime API, as Lambda's managed runtimes do."""

import decimal
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

RUNTIME = "/2018-06-01/runtime/"
JSON_LOGS = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
LEVELS = {"TRACE": "NOTSET", "WARN": "WARNING", "FATAL": "CRITICAL"}

# The id of the running invocation, for the log.
request_id = None


class Fault(Exception):
    """A failure that the runtime itself detects, with Lambda's error type."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


class RuntimeApi:
    """The Runtime API, over one connection."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address)

    def call(self, method, path, body=None, headers=None):
        self.connection.request(method, RUNTIME + path, body, headers or {})
        response = self.connection.getresponse()
        content = response.read()
        return response.status, response.headers, content

    def next(self):
        status, headers, event = self.call("GET", "invocation/next")
        if status != 200:
            sys.exit("the Runtime API refused a request for an invocation: %d" % status)
        return headers, event

    def report(self, path, error):
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Function-Error-Type": error["errorType"],
        }
        self.call("POST", path, to_json(error).encode(), headers)


class CognitoIdentity:
    def __init__(self, given):
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")


class Client:
    def __init__(self, given):
        for member in (
            "installation_id",
            "app_title",
            "app_version_name",
            "app_version_code",
            "app_package_name",
        ):
            setattr(self, member, given.get(member))


class ClientContext:
    def __init__(self, given):
        self.custom = given.get("custom")
        self.env = given.get("env")
        client = given.get("client")
        self.client = None if client is None else Client(client)


class LambdaContext:
    """The context object of an invocation."""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        client = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = ClientContext(parsed(client, "Client Context")) if client else None
        identity = headers.get("Lambda-Runtime-Cognito-Identity")
        self.identity = CognitoIdentity(parsed(identity, "Cognito Identity") if identity else {})
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def parsed(text, what):
    try:
        return json.loads(text)
    except ValueError as error:
        message = "Unable to parse {} JSON: {}".format(what, error)
        raise Fault("Runtime.LambdaContextUnmarshalError", message) from error


def serializable(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError("Object of type {} is not JSON serializable".format(type(value).__name__))


def to_json(value):
    # From Python 3.12 on, Lambda writes characters outside ASCII as they are.
    return json.dumps(value, default=serializable, ensure_ascii=sys.version_info < (3, 12))


def described(error):
    """Returns the type, message and stack trace of an exception, without the frames of this file."""
    if isinstance(error, Fault):
        return error.kind, str(error), error.trace
    frames = traceback.extract_tb(error.__traceback__)
    while frames and frames[0].filename == __file__:
        del frames[0]
    return type(error).__name__, str(error), traceback.format_list(frames)


def error_object(error):
    kind, message, trace = described(error)
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id or "",
        "stackTrace": trace,
    }


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def log_error(error):
    if JSON_LOGS:
        line = to_json(dict(timestamp=now(), level="ERROR", **error))
    else:
        lines = ["[ERROR] {}: {}".format(error["errorType"], error["errorMessage"])]
        lines.append("Traceback (most recent call last):")
        for entry in error["stackTrace"]:
            lines += entry.splitlines()
        # One event of the log, not one for each line.
        line = "\r".join(lines).replace("\n", "\r")
    sys.stdout.write(line + "\n")


class TextFormatter(logging.Formatter):
    converter = time.gmtime

    def __init__(self):
        super().__init__(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
            "%Y-%m-%dT%H:%M:%S",
        )

    def format(self, record):
        record.aws_request_id = request_id or ""
        return super().format(record).replace("\n", "\r")


class JsonFormatter(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if request_id is not None:
            line["requestId"] = request_id
        if record.exc_info:
            kind, value, trace = record.exc_info
            line["errorType"] = kind.__name__
            line["errorMessage"] = str(value)
            line["stackTrace"] = traceback.format_tb(trace)
            line["location"] = "{}:{}:{}".format(record.pathname, record.funcName, record.lineno)
        return json.dumps(line, default=str, ensure_ascii=False)


def set_up_logging():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if JSON_LOGS else TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level is not None:
        root.setLevel(LEVELS.get(level, level))


def load(handler):
    """Returns the function that `handler` names as `module.function`."""
    module_name, dot, function = handler.rpartition(".")
    if not dot:
        message = "Bad handler '{}': not enough values to unpack (expected 2, got 1)".format(handler)
        raise Fault("Runtime.MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module {} as a handler module".format(module_name)
        raise Fault("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = "Unable to import module '{}': {}".format(module_name, error)
        raise Fault("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        trace = ['  File "{}" Line {}\n    {}'.format(error.filename, error.lineno, error.text)]
        message = "Syntax error in module '{}': {}".format(module_name, error)
        raise Fault("Runtime.UserCodeSyntaxError", message, trace) from error
    try:
        return getattr(module, function)
    except AttributeError as error:
        message = "Handler '{}' missing on module '{}'".format(function, module_name)
        raise Fault("Runtime.HandlerNotFound", message) from error


def respond(handler, headers, event):
    """Returns the response to an event as JSON."""
    context = LambdaContext(headers)
    try:
        event = json.loads(event)
    except ValueError as error:
        message = "Unable to unmarshal input: {}".format(error)
        raise Fault("Runtime.UnmarshalError", message) from error
    response = handler(event, context)
    try:
        return to_json(response).encode()
    except (TypeError, ValueError) as error:
        message = "Unable to marshal response: {}".format(error)
        raise Fault("Runtime.MarshalError", message) from error


def main():
    global request_id
    # The package comes first, instead of the directory of this file.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    set_up_logging()
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:
        error = error_object(error)
        log_error(error)
        api.report("init/error", error)
        sys.exit(1)
    while True:
        headers, event = api.next()
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        trace = headers.get("Lambda-Runtime-Trace-Id")
        if trace is None:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        else:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        path = "invocation/{}/".format(request_id)
        try:
            response = respond(handler, headers, event)
        except Exception as error:
            error = error_object(error)
            log_error(error)
            api.report(path + "error", error)
        else:
            api.call("POST", path + "response", response, {"Content-Type": "application/json"})
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    main()
