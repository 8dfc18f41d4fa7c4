//! An account with only Lambda, and functions written in bash.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

mod ports;

use std::{
    io::{Cursor, Write},
    path::Path,
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use local_lambda::{Hosting, LambdaConfig, LambdaPorts, LambdaService};
use local_wire::{Request, Service};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

pub(crate) use ports::{MemoryLogs, MemoryMetrics, MemoryObjects, MemoryTraces, TestRights};

pub(crate) const REGION: &str = "ap-northeast-1";
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/pin";
pub(crate) const FUNCTIONS: &str = "/2015-03-31/functions";
pub(crate) const ENDPOINT: &str = "http://127.0.0.1:4599";

/// A runtime client in bash: `next` sets `id` and `event`, `answer` and `fail` respond to it.
const CLIENT: &str = r#"#!/bin/bash
call() {
  exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
  printf '%s /2018-06-01/runtime/%s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
    "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "$4" "${#3}" "$3" >&3
  read -r _ status _ <&3
  while IFS= read -r line <&3; do
    line=${line%$'\r'}
    [ -z "$line" ] && break
    case "$line" in
      lambda-runtime-aws-request-id:*) id=${line#*: } ;;
      lambda-runtime-deadline-ms:*) deadline=${line#*: } ;;
      lambda-runtime-invoked-function-arn:*) arn=${line#*: } ;;
      lambda-runtime-trace-id:*) trace=${line#*: } ;;
    esac
  done
  body=$(cat <&3)
  exec 3>&-
}
next() { call GET invocation/next ''; event=$body; }
answer() { call POST "invocation/$id/response" "$1"; }
fail() { call POST "invocation/$id/error" "$1" $'Lambda-Runtime-Function-Error-Type: Function.Test\r\n'; }
"#;

/// A function whose events select what it does.
pub(crate) const WORKER: &str = r#"
echo "cold $$"
while :; do
  next
  case "$event" in
    *'"crash"'*) echo "about to crash"; exit 3 ;;
    *'"leave"'*) exit 0 ;;
    *'"sleep"'*) sleep 2; answer "{\"pid\":$$,\"deadline\":$deadline}" ;;
    *'"hang"'*) sleep 1000 & echo "child $!"; wait ;;
    *'"grow"'*) a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done ;;
    *'"error"'*) fail '{"errorType":"Test","errorMessage":"as asked"}' ;;
    *'"text"'*) answer 'not JSON' ;;
    *'"environment"'*)
      out=
      for name in $(compgen -e); do out="$out$name=${!name}|"; done
      answer "\"${out//\"/}\"" ;;
    *'"headers"'*) answer "{\"id\":\"$id\",\"deadline\":$deadline,\"arn\":\"$arn\",\"trace\":\"$trace\"}" ;;
    *'"large"'*) a=xxxxxxxx; while [ ${#a} -lt 7000000 ]; do a=$a$a; done; answer "\"$a\"" ;;
    *'"broken"'*)
      exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
      printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: 9\r\n\r\n"ab' "$id" "$AWS_LAMBDA_RUNTIME_API" >&3
      exit 1 ;;
    *'"read"'*) path=${event##*read\":\"}; path=${path%%\"*}; read -r line < "$path"; answer "{\"pid\":$$}" ;;
    *'"write"'*) path=${event##*write\":\"}; path=${path%%\"*}; echo line > "$path"; answer "{\"pid\":$$}" ;;
    *'"echo"'*) answer "$event" ;;
    *'"states"'*)
      call GET invocation/next ''; early=$status
      call POST "invocation/other/response" '{}'; other=$status
      call GET restore/next ''; restore=$status
      answer "[$early,$other,$restore]" ;;
    *) echo "line one"; echo "line two" >&2; printf 'unfinished'; answer "{\"pid\":$$}" ;;
  esac
done
"#;

/// A function whose events are bash code, which must call `answer`.
pub(crate) const SHELL: &str = r#"
while :; do
  next
  code=${event##*run\":\"}
  eval "$(base64 -d <<< "${code%%\"*}")"
done
"#;

/// Starts processes in every way in which a process can leave its parent, and sets `left` to their ids.
pub(crate) const LEAVE: &str = r#"
left=
leave() { read -r pid < <("$@"); left="$left$pid,"; }
stay() { echo "$BASHPID"; exec sleep 1000 > /dev/null 2>&1; }
export -f stay
child() { stay & }
session() { setsid bash -c stay & }
orphan() { ( stay & ) }
daemon() { ( setsid bash -c stay & ) }
deep() { ( setsid bash -c '( setsid bash -c stay & )' & ) }
bare() { ( env -i setsid bash -c 'echo $$; exec sleep 1000 > /dev/null 2>&1' & ) }
for way in child session orphan daemon deep bare; do leave "$way"; done
"#;

/// The number of these ways.
pub(crate) const WAYS: usize = 6;

/// Responds with the limit of open files.
pub(crate) const OPEN_FILES: &str = r#"
while read -r a b c soft _; do
  [ "$a $b $c" = "Max open files" ] && found=$soft
done < /proc/self/limits
answer "$found"
"#;

/// Raises this process's limit of open files, as the command does at its start.
pub(crate) fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum.map_or(10_000, |most| most.min(10_000));
    let current = Some(current);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
}

/// Returns the ids in a response of the form `[${left}0]`.
pub(crate) fn pids(answer: &Value) -> Vec<u64> {
    let pids = answer.as_array().unwrap().iter();
    // The last element only ends the list.
    let pids = pids.filter_map(Value::as_u64).filter(|pid| *pid != 0);
    pids.collect()
}

pub(crate) fn zip(files: &[(&str, &str, u32)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text, mode) in files {
        let options = SimpleFileOptions::default().unix_permissions(*mode);
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A zip with a bootstrap in bash.
pub(crate) fn script(text: &str) -> String {
    let bootstrap = format!("{CLIENT}{text}");
    STANDARD.encode(zip(&[("bootstrap", &bootstrap, 0o755)]))
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Returns the error's code, after checking that there is a message.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        assert!(self.status >= 400, "{} {:?}", self.status, self.body);
        let body = self.json();
        assert!(body["message"].is_string() || body["Message"].is_string());
        self.header("x-amzn-errortype").unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(self.status < 300, "{} {:?}", self.status, self.body);
        self
    }

    pub(crate) fn function_error(&self) -> Option<&str> {
        self.header("x-amz-function-error")
    }
}

pub(crate) struct Account {
    pub(crate) service: Arc<LambdaService>,
    pub(crate) logs: Arc<MemoryLogs>,
    pub(crate) rights: Arc<TestRights>,
    pub(crate) traces: Arc<MemoryTraces>,
    pub(crate) objects: Arc<MemoryObjects>,
    pub(crate) metrics: Arc<MemoryMetrics>,
    pub(crate) directory: TempDir,
}

impl Account {
    pub(crate) fn new() -> Self {
        Self::hosting(Hosting::default())
    }

    pub(crate) fn hosting(hosting: Hosting) -> Self {
        Self::configured(|config| config.hosting = hosting)
    }

    /// Creates an account with a changed configuration.
    pub(crate) fn configured(change: impl FnOnce(&mut LambdaConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let logs = Arc::new(MemoryLogs::default());
        let rights = Arc::new(TestRights::default());
        let traces = Arc::new(MemoryTraces::default());
        let objects = Arc::new(MemoryObjects::default());
        let metrics = Arc::new(MemoryMetrics::default());
        let mut config = LambdaConfig::new(ENDPOINT, directory.path().join("work"));
        change(&mut config);
        let ports = LambdaPorts {
            logs: logs.clone(),
            rights: rights.clone(),
            traces: traces.clone(),
            objects: objects.clone(),
            metrics: metrics.clone(),
        };
        Self {
            service: LambdaService::new(config, ports),
            logs,
            rights,
            traces,
            objects,
            metrics,
            directory,
        }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.insert(name, value.parse().unwrap());
        }
        let request = Request {
            region: REGION.into(),
            service: "lambda".into(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            method,
            uri: uri.parse().unwrap(),
            headers: map,
            body: body.into(),
        };
        let (parts, body) = self.service.handle(request).await.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.send(Method::GET, uri, &[], "").await
    }

    pub(crate) async fn delete(&self, uri: &str) -> Answer {
        self.send(Method::DELETE, uri, &[], "").await
    }

    pub(crate) async fn post(&self, uri: &str, body: Value) -> Answer {
        self.send(Method::POST, uri, &[], body.to_string()).await
    }

    pub(crate) async fn put(&self, uri: &str, body: Value) -> Answer {
        self.send(Method::PUT, uri, &[], body.to_string()).await
    }

    /// Creates a function; `extra` members are added.
    pub(crate) async fn create(&self, name: &str, zip_file: &str, extra: Value) -> Answer {
        let host = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            other => other,
        };
        let mut body = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Role": ROLE,
            "Handler": "bootstrap",
            "Architectures": [host],
            "Code": { "ZipFile": zip_file },
            "Timeout": 20,
            "MemorySize": 256,
        });
        for (member, value) in extra.as_object().unwrap() {
            body[member] = value.clone();
        }
        self.post(FUNCTIONS, body).await
    }

    /// Creates an account with the function `worker`.
    pub(crate) async fn worker(extra: Value) -> Self {
        let account = Self::new();
        account.create("worker", &script(WORKER), extra).await.ok();
        account
    }

    /// Creates the function `worker` of a managed runtime from modules.
    pub(crate) async fn modules(
        &self,
        runtime: &str,
        handler: &str,
        files: &[(&str, &str)],
        extra: Value,
    ) {
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, *text, 0o644))
            .collect();
        let mut members = json!({ "Runtime": runtime, "Handler": handler });
        for (member, value) in extra.as_object().unwrap() {
            members[member] = value.clone();
        }
        let package = STANDARD.encode(zip(&files));
        self.create("worker", &package, members).await.ok();
    }

    pub(crate) async fn invoke(&self, name: &str, event: Value) -> Answer {
        let uri = format!("{FUNCTIONS}/{name}/invocations");
        self.send(
            Method::POST,
            &uri,
            &[("x-amz-log-type", "Tail")],
            event.to_string(),
        )
        .await
    }

    /// Creates a function of [`SHELL`].
    pub(crate) async fn shell(&self, name: &str, extra: Value) {
        self.create(name, &script(SHELL), extra).await.ok();
    }

    /// Runs bash code in a function of [`SHELL`].
    pub(crate) async fn run(&self, name: &str, code: &str) -> Answer {
        let event = json!({ "run": STANDARD.encode(code) });
        self.invoke(name, event).await.ok()
    }

    /// Runs bash code in a function of [`SHELL`], and returns its response.
    pub(crate) async fn ask(&self, name: &str, code: &str) -> Value {
        let answer = self.run(name, code).await;
        assert_eq!(answer.function_error(), None, "{:?}", answer.body);
        answer.json()
    }

    /// Returns the Runtime API of the environment that responds next.
    pub(crate) async fn runtime_api(&self, name: &str) -> String {
        let answer = self.ask(name, "answer \"\\\"$AWS_LAMBDA_RUNTIME_API\\\"\"");
        answer.await.as_str().unwrap().to_owned()
    }

    /// Invokes `worker` and returns its process id.
    pub(crate) async fn pid(&self) -> u64 {
        let answer = self.invoke("worker", json!({})).await.ok();
        assert_eq!(answer.function_error(), None, "{:?}", answer.body);
        answer.json()["pid"].as_u64().unwrap()
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.logs.lines("/aws/lambda/worker")
    }
}

/// Returns the runtime of the machine's Python. Without one of a supported version, prints that the test
/// is skipped.
pub(crate) fn python() -> Option<String> {
    let minor = printed("python3", &["-c", "import sys; print(sys.version_info[1])"]);
    let runtime = minor.and_then(|minor| minor.parse::<u32>().ok());
    let runtime = runtime.filter(|minor| (8..=14).contains(minor));
    if runtime.is_none() {
        skipped("the machine must have Python 3.8 to 3.14 as python3");
    }
    runtime.map(|minor| format!("python3.{minor}"))
}

/// Returns the runtime of the machine's Node.js. Without one of a supported version, prints that the test
/// is skipped.
pub(crate) fn node() -> Option<String> {
    let major = printed("node", &["-p", "process.versions.node.split('.')[0]"]);
    let runtime = major.filter(|major| ["18", "20", "22", "24"].contains(&major.as_str()));
    if runtime.is_none() {
        skipped("the machine must have Node.js 18, 20, 22 or 24 as node");
    }
    runtime.map(|major| format!("nodejs{major}.x"))
}

/// Returns what a program prints, if it succeeds.
pub(crate) fn printed(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).output();
    let output = output.ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// Creates an interpreter in `directory` that prints this version and path, and exits with `status`. A
/// shell writes it: a file that this process has open for writing may be busy when it is to be executed.
pub(crate) fn interpreter(directory: &Path, name: &str, version: &str, path: &str, status: u8) {
    let script = format!("#!/bin/sh\nprintf '{version}\\n{path}\\n'\nexit {status}\n");
    let written = std::process::Command::new("sh")
        .args(["-c", r#"printf %s "$1" > "$2" && chmod 755 "$2""#, "sh"])
        .arg(script)
        .arg(directory.join(name))
        .status();
    assert!(written.unwrap().success());
}

/// Prints why a test is skipped.
#[allow(clippy::print_stdout, reason = "a skipped test prints its reason")]
pub(crate) fn skipped(reason: &str) {
    println!("skipped: {reason}");
}

/// Reports whether this is Linux. Otherwise prints that the test is skipped.
pub(crate) fn on_linux(what: &str) -> bool {
    let linux = cfg!(target_os = "linux");
    if !linux {
        skipped(what);
    }
    linux
}

/// Reports whether a process runs. A zombie does not count.
pub(crate) fn is_running(pid: u64) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().starts_with(" Z"))
}

/// Waits for a condition that comes true asynchronously.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while !is_so() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
}

pub(crate) fn make_fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Returns the log tail of an `Invoke` response.
pub(crate) fn tail(answer: &Answer) -> String {
    let tail = answer.header("x-amz-log-result").unwrap();
    String::from_utf8(STANDARD.decode(tail).unwrap()).unwrap()
}
