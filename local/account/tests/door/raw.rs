//! Requests byte by byte: those of SDKs that are not dependencies of the tests, and those of
//! browsers.

use crate::{DoorWorld, status};

const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=local/20261126/eu-west-1/sts/aws4_request, \
    SignedHeaders=host;x-amz-date, Signature=5633e2d80ad242970fb3921e018da3ab829181300d8cff3541c4c83c767db570";
const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// The requests that these SDKs sent to a listener at this address, with shortened signatures.
const SDKS: [(&str, &str); 4] = [
    (
        // @aws-sdk/client-sts 3.1173.0 on Node.js 20
        "JavaScript",
        "content-type: application/x-www-form-urlencoded\r\n\
         x-amz-user-agent: aws-sdk-js/3.1173.0\r\n\
         user-agent: aws-sdk-js/3.1173.0 ua/2.1 os/linux#6.18.44 lang/js md/nodejs#20.20.2 api/sts#3.1173.0 m/N,E,g\r\n\
         host: 127.0.0.1:PORT\r\n\
         amz-sdk-invocation-id: 50a91ca1-6fd0-445c-8c53-ed3da23c0096\r\n\
         amz-sdk-request: attempt=1; max=1\r\n\
         x-amz-date: 20261126T090624Z\r\n",
    ),
    (
        // github.com/aws/aws-sdk-go-v2/service/sts 1.52.0, which Terraform's provider has as well
        "Go",
        "Host: 127.0.0.1:PORT\r\n\
         User-Agent: aws-sdk-go-v2/1.48.0 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/sts#1.52.0 m/g\r\n\
         Amz-Sdk-Invocation-Id: 31d3ff20-ba81-4c9c-b52e-8e303e37d03a\r\n\
         Amz-Sdk-Request: attempt=1; max=1\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\
         X-Amz-Date: 20261126T090802Z\r\n\
         Accept-Encoding: gzip\r\n",
    ),
    (
        // software.amazon.awssdk:sts 2.31.0 on Java 17
        "Java",
        "Host: 127.0.0.1:PORT\r\n\
         amz-sdk-invocation-id: 396d163a-4b61-3997-7ba2-5604f428f97b\r\n\
         amz-sdk-request: attempt=1; max=4\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n\
         User-Agent: aws-sdk-java/2.31.0 md/io#sync md/http#Apache ua/2.1 os/Linux#6.18.44 lang/java#17.0.15 md/OpenJDK_64-Bit_Server_VM#17.0.15+6-Debian-1deb12u1 md/vendor#Debian cfg/auth-source#env m/D,N\r\n\
         x-amz-content-sha256: ab821ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843\r\n\
         X-Amz-Date: 20261126T090921Z\r\n",
    ),
    (
        // fetch of Node.js 20 (undici), which sends its mode, but no site
        "fetch of Node.js",
        "host: 127.0.0.1:PORT\r\n\
         content-type: application/x-www-form-urlencoded\r\n\
         accept: */*\r\n\
         accept-language: *\r\n\
         sec-fetch-mode: cors\r\n\
         user-agent: node\r\n\
         accept-encoding: gzip, deflate\r\n",
    ),
];

#[tokio::test]
async fn sdks_are_admitted_unchanged() {
    let world = DoorWorld::local().await;
    for (sdk, headers) in SDKS {
        let length = BODY.len();
        let request = format!(
            "POST / HTTP/1.1\r\n{headers}authorization: {AUTHORIZATION}\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{BODY}"
        );
        let answer = world.send(&request).await;
        assert_eq!(status(&answer), 200, "{sdk}: {answer}");
        assert!(answer.contains("123456789012"), "{sdk}: {answer}");
    }
    world.account.shutdown().await;
}

const CHROME: &str = "sec-ch-ua: \"Chromium\";v=\"142\", \"Not_A Brand\";v=\"99\"\r\n\
    sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n";
const FIREFOX: &str =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0\r\n";
const SAFARI: &str = "User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15\r\n";

/// The address of a request that creates and invokes a function, with a form whose signature is in
/// its query.
const QUERY: &str = "/?X-Amz-Credential=local%2F20261126%2Feu-west-1%2Fsts%2Faws4_request";

/// Requests of pages, as defined by <https://w3c.github.io/webappsec-fetch-metadata> and
/// <https://fetch.spec.whatwg.org/#origin-header>: browser, first line, headers.
const PAGES: [(&str, &str, &str); 12] = [
    (
        "a form of another site",
        "POST QUERY",
        "Host: 127.0.0.1:PORT\r\nOrigin: https://evil.example\r\nContent-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n",
    ),
    (
        "a form of a page on another port",
        "POST QUERY",
        "Host: localhost:PORT\r\nOrigin: http://localhost:3000\r\nContent-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
    ),
    (
        "a form in a sandboxed frame",
        "POST QUERY",
        "Host: 127.0.0.1:PORT\r\nOrigin: null\r\nContent-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
    ),
    (
        "a form of a browser without fetch metadata",
        "POST QUERY",
        "Host: 127.0.0.1:PORT\r\nOrigin: http://evil.example\r\nContent-Type: text/plain\r\n",
    ),
    (
        "a page that was saved to disk",
        "POST QUERY",
        "Host: 127.0.0.1:PORT\r\nOrigin: null\r\nContent-Type: text/plain\r\n",
    ),
    (
        "fetch with no-cors",
        "POST QUERY",
        "Host: 127.0.0.1:PORT\r\nOrigin: https://evil.example\r\nContent-Type: text/plain;charset=UTF-8\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\n",
    ),
    (
        "a preflight",
        "OPTIONS /_local/faults",
        "Host: 127.0.0.1:PORT\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Private-Network: true\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\n",
    ),
    (
        "a picture",
        "GET QUERY&Action=GetCallerIdentity",
        "Host: 127.0.0.1:PORT\r\nReferer: https://evil.example/\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n",
    ),
    (
        "a link",
        "GET /_local/messages",
        "Host: 127.0.0.1:PORT\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n",
    ),
    (
        "a WebSocket",
        "GET /_local/messages",
        "Host: 127.0.0.1:PORT\r\nOrigin: https://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ),
    (
        "a page whose name leads here",
        "POST QUERY",
        "Host: evil.example:PORT\r\nOrigin: http://evil.example:PORT\r\nContent-Type: text/plain\r\n",
    ),
    (
        "a picture at an address that no browser trusts",
        "GET QUERY&Action=GetCallerIdentity",
        "Host: 0.0.0.0:PORT\r\nReferer: https://evil.example/\r\n",
    ),
];

#[tokio::test]
async fn no_page_of_another_origin_is_admitted() {
    let world = DoorWorld::local().await;
    for (page, line, headers) in PAGES {
        for browser in [CHROME, FIREFOX, SAFARI] {
            let line = line.replace("QUERY", QUERY);
            let request = format!(
                "{line} HTTP/1.1\r\n{headers}{browser}Accept: */*\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{BODY}",
                BODY.len()
            );
            let answer = world.send(&request).await;
            assert_eq!(status(&answer), 403, "{page}: {answer}");
            let lower = answer.to_lowercase();
            assert!(!lower.contains("access-control-"), "{page}: {answer}");
            assert!(
                answer.contains("page") || answer.contains("--allow-host"),
                "{page}: {answer}"
            );
        }
    }
    assert_eq!(world.requested_operations("sts"), [""; 0]);
    world.account.shutdown().await;
}

#[tokio::test]
async fn a_typed_address_shows_the_account_in_a_browser() {
    let world = DoorWorld::local().await;
    let typed = "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n";
    // A page of the account's own, and browsers that do not name the page (Safari before 16.4).
    let own = "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nReferer: http://localhost:PORT/_local/messages\r\n";
    for headers in [typed, own, ""] {
        for browser in [CHROME, FIREFOX, SAFARI] {
            for host in ["localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT"] {
                let answer = world
                    .send(&format!(
                        "GET /_local/messages HTTP/1.1\r\nHost: {host}\r\n{headers}{browser}\
                         Connection: close\r\n\r\n"
                    ))
                    .await;
                assert_eq!(status(&answer), 200, "{answer}");
            }
        }
    }
    world.account.shutdown().await;
}

#[tokio::test]
async fn only_hosts_of_the_account_are_accepted() {
    let world = DoorWorld::start([127, 0, 0, 1], &["host.docker.internal"]).await;
    for (host, let_in) in [
        ("Host: 127.0.0.1:PORT\r\n", true),
        ("Host: [::1]:PORT\r\n", true),
        ("Host: 172.17.0.1:PORT\r\n", true),
        ("Host: localhost:PORT\r\n", true),
        ("Host: sts.localhost:PORT\r\n", true),
        ("Host: host.docker.internal:PORT\r\n", true),
        ("Host: sts.eu-west-1.amazonaws.com\r\n", true),
        ("Host: sts.eu-west-1.api.aws\r\n", true),
        ("", true),
        ("Host: evil.example:PORT\r\n", false),
        ("Host: localhost.evil.example:PORT\r\n", false),
        ("Host: docker.internal:PORT\r\n", false),
        ("Host: 127.0.0.1.nip.io:PORT\r\n", false),
        ("Host: amazonaws.com.evil.example\r\n", false),
    ] {
        // Only HTTP/1.0 may leave out the host.
        let version = if host.is_empty() { "1.0" } else { "1.1" };
        let request = format!(
            "POST / HTTP/{version}\r\n{host}authorization: {AUTHORIZATION}\r\n\
             content-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{BODY}",
            BODY.len()
        );
        let answer = world.send(&request).await;
        assert_eq!(
            status(&answer),
            if let_in { 200 } else { 403 },
            "{host}: {answer}"
        );
        assert_eq!(answer.contains("--allow-host"), !let_in, "{host}: {answer}");
    }
    world.account.shutdown().await;
}

/// S3's clients put the bucket before the host name that they are configured with.
#[tokio::test]
async fn a_bucket_stands_before_any_name_of_the_account() {
    let world = DoorWorld::start([127, 0, 0, 1], &["host.docker.internal"]).await;
    let ask = async |method: &str, path: &str, host: &str, body: &str| {
        let answer = world
            .send(&format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}:PORT\r\nConnection: close\r\n\
                 Authorization: AWS4-HMAC-SHA256 Credential=local/20261126/eu-west-1/s3/aws4_request, \
                 SignedHeaders=host, Signature=00\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ))
            .await;
        assert_eq!(status(&answer), 200, "{method} {host}{path}: {answer}");
        answer
    };
    ask("PUT", "/", "packages.host.docker.internal", "").await;
    ask("PUT", "/a/b", "packages.host.docker.internal", "content").await;
    for (host, path) in [
        ("packages.host.docker.internal", "/a/b"),
        ("host.docker.internal", "/packages/a/b"),
        ("127.0.0.1", "/packages/a/b"),
    ] {
        let got = ask("GET", path, host, "").await;
        assert!(got.ends_with("content"), "{host}: {got}");
    }
    let expected = [
        "CreateBucket",
        "PutObject",
        "GetObject",
        "GetObject",
        "GetObject",
    ];
    assert_eq!(world.requested_operations("s3"), expected);
    world.account.shutdown().await;
}
