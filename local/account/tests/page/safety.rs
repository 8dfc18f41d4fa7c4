//! The page among hostile contents and pages.

use std::net::SocketAddr;

use http::Method;
use local_account::AwsCall;
use local_browser::Browser;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::line::{Line, REGION, empty};

const MARKUP: &str =
    "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_text_of_a_flow_stays_text() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::saying(MARKUP).await;
    browser.driver.goto(line.url()).await.unwrap();
    browser.find("#dial option").await;
    browser.click("form button[type=submit]").await;
    browser.find_text(".log .said", MARKUP).await;
    browser.find(".canvas-box .block.current").await;
    browser.find_text(".flow-name", MARKUP).await;
    browser.click_text(".steps .step b", "say").await;
    browser.find_text(".facts", MARKUP).await;
    let foreign =
        "document.querySelectorAll('main img, main script, main iframe, main [onerror]').length";
    assert_eq!(browser.eval(foreign).await, 0);
    assert_ne!(browser.eval("document.title").await, "run");

    // The report as a file: text as well, and without anything that runs.
    let calls = line.account.connect().calls();
    let report = format!(
        "{}/_local/calls/{}/report.html",
        line.account.endpoint_url(),
        calls[0].contact_id
    );
    let html = browser
        .eval_async(&format!("fetch('{report}').then(answer => answer.text())"))
        .await;
    let html = html.as_str().unwrap();
    assert!(
        html.contains("&lt;img src=x") && !html.contains("<img"),
        "{html}"
    );

    // A picture with more than a picture consists of is refused.
    let let_in = "import('./picture.js').then(({ readPicture }) => { try { readPicture(`<svg \
                  xmlns='http://www.w3.org/2000/svg'><foreignObject/></svg>`); return 'in'; } \
                  catch (error) { return error.message; } })";
    let refused = browser.eval_async(let_in).await;
    assert!(
        refused.as_str().unwrap().contains("foreignObject"),
        "{refused}"
    );
    browser.quit().await;
    line.account.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_of_s3_with_a_script_does_not_run() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (account, _place) = empty().await;
    let client = account.client();
    let put = async |path: &str, content_type: &str, body: &str| {
        let put = client.aws(AwsCall {
            service: "s3",
            region: REGION,
            method: Method::PUT,
            path,
            target: None,
            content_type,
            body: body.to_owned(),
        });
        put.await.unwrap();
    };
    let where_to = format!(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{REGION}\
         </LocationConstraint></CreateBucketConfiguration>"
    );
    put("/pages", "application/xml", &where_to).await;
    let page = "<title>object</title><script>document.title = 'run'; fetch('/_local/faults', { method: 'PUT', \
                body: '[{\"service\":\"sns\",\"effect\":\"throttle\"}]' })</script>";
    put("/pages/page.html", "text/html", page).await;
    // As an address that was signed beforehand has it.
    let signed = format!(
        "{}/pages/page.html?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=local%2F20261126%2F{REGION}%2Fs3%2F\
         aws4_request&X-Amz-Date=20261126T000000Z&X-Amz-Expires=600000&X-Amz-SignedHeaders=host&X-Amz-Signature=00",
        account.endpoint_url()
    );
    browser.driver.goto(signed).await.unwrap();
    browser.until("document.readyState === 'complete'").await;
    assert_eq!(browser.eval("document.title").await, "object");
    assert!(account.faults().list().is_empty());
    browser.quit().await;
    account.shutdown().await;
}

/// Serves a page at another port of this machine, which is another origin of the same site.
async fn serve(page: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            if stream.read(&mut head).await.unwrap_or(0) == 0 {
                continue;
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
            stream.write_all(answer.as_bytes()).await.ok();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_origin_reaches_nothing() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::start().await;
    let account = line.account.endpoint_url();
    let other = serve("<title>other</title><iframe id='frame'></iframe>".to_owned()).await;
    browser
        .driver
        .goto(format!("http://{other}/"))
        .await
        .unwrap();
    for (method, path, body) in [
        ("GET", "/_local/ui/", Value::Null),
        ("GET", "/_local/tables", Value::Null),
        ("GET", "/_local/figures", Value::Null),
        ("POST", "/_local/calls", json!({ "to": line.number })),
        (
            "PUT",
            "/_local/tables/ap-northeast-1/members",
            json!({ "phoneNumber": { "S": "+819000000009" } }),
        ),
    ] {
        for mode in ["cors", "no-cors"] {
            let body = if body.is_null() {
                "undefined".to_owned()
            } else {
                format!("'{body}'")
            };
            let tried = browser
                .eval_async(&format!(
                    "fetch('{account}{path}', {{ method: '{method}', mode: '{mode}', body: {body} }})\
                     .then(answer => answer.text(), () => '')"
                ))
                .await;
            assert_eq!(tried, "", "{method} {path} {mode}");
        }
    }
    // Nor in a frame.
    let framed = format!(
        "new Promise(done => {{ const frame = document.getElementById('frame'); frame.onload = () => {{ \
         try {{ done(frame.contentDocument ? frame.contentDocument.title : 'other origin'); }} catch {{ done('other \
         origin'); }} }}; frame.src = '{account}/_local/ui/'; }})"
    );
    assert_eq!(browser.eval_async(&framed).await, "other origin");
    assert!(line.account.connect().calls().is_empty());
    browser.quit().await;
    line.account.shutdown().await;
}
