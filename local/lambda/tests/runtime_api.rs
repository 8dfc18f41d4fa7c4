//! Access to a function's Runtime API, and its rules.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::{Account, on_linux, script};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The reason why a test is skipped on other systems.
const TELLS: &str = "only Linux identifies the process at the other end of a connection";
const EVENT: &str = r#"answer '"as always"'"#;

/// Sends a request and returns the whole response.
async fn http(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read)
        .await
        .unwrap()
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn request(method: &str, path: &str, host: &str, body: &str) -> String {
    format!(
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn other_processes_cannot_use_a_functions_runtime_api() {
    if !on_linux(TELLS) {
        return;
    }
    let account = Account::new();
    account.shell("shell", json!({})).await;
    let api = account.runtime_api("shell").await;
    // The function is waiting for its next event, and so is this other process.
    for (method, path) in [
        ("GET", "invocation/next"),
        ("POST", "init/error"),
        ("POST", "invocation/x/response"),
        ("GET", "no/such/thing"),
    ] {
        let answer = http(&api, &request(method, path, &api, "{}")).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{path}: {answer}");
        assert!(answer.contains("\"Forbidden\""), "{path}: {answer}");
    }
    // Connections that send nothing, or never complete a request, do not block the others.
    let _silent = TcpStream::connect(&api).await.unwrap();
    let mut slow = TcpStream::connect(&api).await.unwrap();
    slow.write_all(b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Le")
        .await
        .unwrap();
    assert_eq!(account.ask("shell", EVENT).await, "as always");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_function_is_rejected() {
    if !on_linux(TELLS) {
        return;
    }
    let account = Account::new();
    account.shell("shell", json!({})).await;
    account.shell("other", json!({})).await;
    let api = account.runtime_api("shell").await;
    assert_ne!(account.runtime_api("other").await, api);
    let steal = |method: &str, path: &str| {
        format!(
            "AWS_LAMBDA_RUNTIME_API={api} call {method} {path} '{{}}'; stolen=$status
             own=$id; answer \"$stolen\""
        )
    };
    for (method, path) in [("GET", "invocation/next"), ("POST", "init/error")] {
        // `call` has set `id` from the response's header; the function's own id is restored.
        let code = format!("mine=$id; {}; id=$mine", steal(method, path));
        let code = code.replace("answer", "id=$mine; answer");
        assert_eq!(account.ask("other", &code).await, 403, "{path}");
    }
    assert_eq!(account.ask("shell", EVENT).await, "as always");
    account.service.shutdown().await;
}

/// The function's children may use its Runtime API, also when their parents have ended.
#[tokio::test(flavor = "multi_thread")]
async fn all_descendants_of_a_function_may_use_its_runtime_api() {
    let account = Account::new();
    account.shell("shell", json!({})).await;
    let fifo = account.directory.path().join("fifo");
    common::make_fifo(&fifo);
    let fifo = fifo.display();
    // The API itself rejects an unknown id, so the response shows that the connection was accepted.
    let ask = "call POST invocation/other/response '{}'; echo \"$status\"";
    for way in [
        format!("( {ask} )"),
        format!(
            "bash -c \"$(declare -f call); {}\"",
            ask.replace('"', "\\\"").replace('$', "\\$")
        ),
        // Forked twice, with a session of its own: its parent is not a process of the function.
        format!(
            "( setsid bash -c \"$(declare -f call); {} > {fifo}\" & ); cat {fifo}",
            ask.replace('"', "\\\"").replace('$', "\\$")
        ),
    ] {
        let code = format!("said=$( {way} ); answer \"$said\"");
        assert_eq!(account.ask("shell", &code).await, 400, "{way}");
    }
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn web_pages_cannot_use_a_functions_runtime_api() {
    let account = Account::new();
    account.shell("shell", json!({})).await;
    // Sent by the function's own process, so that only the header of the request is wrong.
    for (field, status) in [
        ("", 400),
        ("Host: evil.example", 403),
        ("Origin: http://evil.example", 403),
        ("Origin: null", 403),
        ("Sec-Fetch-Site: cross-site", 403),
        ("Sec-Fetch-Mode: no-cors", 403),
    ] {
        let code = format!(
            "mine=$id; call POST invocation/other/response '{{}}' \"{}\"; id=$mine
             answer \"$status\"",
            match field {
                "" => String::new(),
                field => format!("{field}\"$'\\r\\n'\""),
            }
        );
        assert_eq!(account.ask("shell", &code).await, status, "{field}");
    }
    // Only another host, as with a name that resolves to this address.
    let code = r#"
        exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
        printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: evil.example:%s\r\nConnection: close\r\n\r\n' "${AWS_LAMBDA_RUNTIME_API#*:}" >&3
        read -r _ status _ <&3; exec 3>&-; answer "$status""#;
    assert_eq!(account.ask("shell", code).await, 403);
    account.service.shutdown().await;
}

/// As in AWS's emulator of the API, `init/error` is accepted only before the first request for an
/// invocation.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_initialization_comes_before_the_first_event() {
    let account = Account::new();
    account.shell("shell", json!({})).await;
    let code = r#"
        mine=$id; call POST init/error '{"errorType":"Late"}'
        kind=none; [[ $body == *InvalidStateTransition* ]] && kind=transition
        id=$mine; answer "[$status,\"$kind\"]""#;
    assert_eq!(account.ask("shell", code).await, json!([403, "transition"]));
    let again = account.run("shell", EVENT).await;
    assert_eq!(
        (again.function_error(), again.json()),
        (None, json!("as always"))
    );

    let twice = r#"
        call POST init/error '{"errorType":"First","errorMessage":"first"}'
        call POST init/error '{"errorType":"Second","errorMessage":"second"}'"#;
    account
        .create("twice", &script(twice), json!({}))
        .await
        .ok();
    let failed = account.invoke("twice", json!({})).await.ok();
    assert_eq!(failed.json()["errorType"], "First");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_with_a_wrong_method_take_no_event() {
    let account = Account::new();
    account.shell("shell", json!({})).await;
    let code = r#"
        mine=$id; answer '"first"'; said=
        for method in HEAD POST DELETE; do
          call "$method" invocation/next ''; said="$said$status "
        done
        call GET init/error ''; said="$said$status"
        next; answer "\"$said\""; "#;
    assert_eq!(account.ask("shell", code).await, "first");
    assert_eq!(account.ask("shell", EVENT).await, "405 405 405 405");
    assert_eq!(account.ask("shell", EVENT).await, "as always");
    account.service.shutdown().await;
}

/// A runtime with several threads may poll twice. Each invocation goes to one of them, and is answered.
#[tokio::test(flavor = "multi_thread")]
async fn two_threads_may_poll_at_the_same_time() {
    let account = Account::new();
    let both = r#"
        work() { while :; do next; answer "\"$event\""; done; }
        work & work & wait"#;
    let both = both.replace("\\\"$event\\\"", "$event");
    account.create("both", &script(&both), json!({})).await.ok();
    for number in 0..6 {
        let answer = account
            .invoke("both", json!({ "number": number }))
            .await
            .ok();
        assert_eq!(answer.json(), json!({ "number": number }));
    }
    account.service.shutdown().await;
}

/// An incomplete body is not a response, and delays neither the next one nor the end.
#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_body_is_no_response() {
    let account = Account::new();
    account.shell("shell", json!({ "Timeout": 1 })).await;
    let stand = r#"
        exec 4<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
        printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: 9\r\n\r\n"ab' "$id" "$AWS_LAMBDA_RUNTIME_API" >&4
        "#;
    let other = account
        .run("shell", &format!("{stand} answer '\"whole\"'"))
        .await;
    assert_eq!(
        (other.function_error(), other.json()),
        (None, json!("whole"))
    );
    let none = account.run("shell", &format!("{stand} sleep 1000")).await;
    assert_eq!(none.json()["errorType"], "Sandbox.Timedout");
    assert_eq!(account.ask("shell", EVENT).await, "as always");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_to_another_environments_invocation_is_rejected() {
    let account = Account::new();
    account.shell("shell", json!({})).await;
    account.shell("other", json!({})).await;
    let fifo = account.directory.path().join("fifo");
    common::make_fifo(&fifo);
    // The first one shares its id and waits for the second, which responds in its place.
    let first = format!(
        "echo $id > {0}; read -r said < {0}; answer \"$said\"",
        fifo.display()
    );
    let second = format!(
        "read -r theirs < {0}; mine=$id; call POST invocation/$theirs/response '\"forged\"'
         echo $status > {0}; id=$mine; answer '\"done\"'",
        fifo.display()
    );
    let (first, second) = tokio::join!(account.ask("shell", &first), account.ask("other", &second));
    assert_eq!((first, second), (Value::from(400), json!("done")));
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_knows_the_connections_of_its_functions() {
    if !on_linux(TELLS) {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let local = listener.local_addr().unwrap();
    let account = Account::new();
    let is_functions = async |peer: SocketAddr| {
        let service = account.service.clone();
        let ask = move || service.is_function_connection(peer, local);
        tokio::task::spawn_blocking(ask).await.unwrap()
    };
    let _own = TcpStream::connect(local).await.unwrap();
    let (_stranger, stranger) = listener.accept().await.unwrap();
    assert!(!is_functions(stranger).await);

    account.shell("shell", json!({})).await;
    let connect = format!("exec 5<>/dev/tcp/{}/{}; answer 1", local.ip(), local.port());
    account.ask("shell", &connect).await;
    let (_function, function) = listener.accept().await.unwrap();
    // From a child that has left the function's group and lost its parents.
    let connect = format!(
        "( setsid bash -c 'exec 5<>/dev/tcp/{}/{}; exec sleep 1000' > /dev/null 2>&1 & ); answer 1",
        local.ip(),
        local.port()
    );
    account.ask("shell", &connect).await;
    let (_orphan, orphan) = listener.accept().await.unwrap();
    assert!(is_functions(function).await);
    assert!(is_functions(orphan).await);
    assert!(!is_functions(stranger).await);
    // An address without a connection, and a connection to another address.
    assert!(!is_functions("127.0.0.1:1".parse().unwrap()).await);
    assert!(!is_functions("[2001:db8::1]:80".parse().unwrap()).await);

    account.service.shutdown().await;
    assert!(!is_functions(function).await);
}

/// On Linux, two environments never share an address, and no environment has the usual one.
#[tokio::test(flavor = "multi_thread")]
async fn every_environment_has_an_address_of_its_own() {
    if !on_linux(TELLS) {
        return;
    }
    let account = Account::new();
    let mut addresses = Vec::new();
    for name in ["a", "b", "c"] {
        account.shell(name, json!({})).await;
        let address: SocketAddr = account.runtime_api(name).await.parse().unwrap();
        assert!(address.ip().is_loopback(), "{address}");
        assert_ne!(address.ip().to_string(), "127.0.0.1");
        assert!(!addresses.contains(&address.ip()), "{addresses:?}");
        addresses.push(address.ip());
    }
    account.service.shutdown().await;
}
