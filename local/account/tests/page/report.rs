//! The report of a call as a file that a browser opens without the account.

use local_account::CallRequest;
use local_browser::Browser;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::line::{Line, MEMBER};

const MARKUP: &str =
    "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script></style>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_of_a_call_opens_as_a_file_and_runs_nothing() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::saying(MARKUP).await;
    let client = line.account.client();
    let request = CallRequest {
        to: line.number.clone(),
        from: Some(MEMBER.to_owned()),
        script: None,
    };
    let call = client.dial(&request).await.unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("call.html");
    browser.driver.goto(line.url()).await.unwrap();
    let fetched = format!(
        "fetch('/_local/calls/{}/report.html?lang=ja').then(answer => answer.text())",
        call.contact_id
    );
    let html = browser.eval_async(&fetched).await;
    std::fs::write(&file, html.as_str().unwrap()).unwrap();
    line.account.shutdown().await;

    browser.log("performance").await;
    browser.log("browser").await;
    browser.prefer("light").await;
    let address = format!("file://{}", file.display());
    browser.driver.goto(&address).await.unwrap();
    // Nothing runs, and texts stay texts.
    let foreign =
        "document.querySelectorAll('script, img, iframe, link, [onerror], [style]').length";
    assert_eq!(browser.eval(foreign).await, 0);
    let title = browser.eval("document.title").await;
    assert!(title.as_str().unwrap().starts_with(MEMBER), "{title}");
    browser.find_text(".conversation li", MARKUP).await;
    browser.find_text("h2", MARKUP).await;

    // The policy allows the style by its hash: a browser that refused it would show its own margins.
    let looks = "[getComputedStyle(document.body).margin, getComputedStyle(document.querySelector('svg .block \
                 .card')).strokeWidth !== '1px', document.styleSheets.length]";
    assert_eq!(browser.eval(looks).await, json!(["0px", true, 1]));
    let ground = "getComputedStyle(document.body).backgroundColor";
    let light = browser.eval(ground).await;
    browser.prefer("dark").await;
    assert_ne!(browser.eval(ground).await, light);
    browser.resize(375, 812).await;
    let over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.eval(over).await, 0);

    // The keyboard reaches each step, and opens it.
    let focused = async || browser.driver.active_element().await.unwrap();
    let mut opened = Vec::new();
    for _ in 0..20 {
        focused().await.send_keys(Key::Tab + "").await.unwrap();
        let step = "document.activeElement.matches('summary') ? \
                    document.activeElement.querySelector('b').textContent : null";
        let Value::String(step) = browser.eval(step).await else {
            continue;
        };
        if opened.contains(&step) {
            break;
        }
        focused().await.send_keys(Key::Enter + "").await.unwrap();
        browser
            .until("document.activeElement.parentElement.open")
            .await;
        opened.push(step);
    }
    assert_eq!(opened, ["say", "bye"]);

    // It asked for nothing but itself, and broke no rule of its own.
    let asked = browser.log("performance").await;
    let asked: Vec<String> = asked
        .iter()
        .filter_map(|entry| {
            let entry: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &entry["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            let url = message["params"]["request"]["url"].as_str()?;
            (is_request && url != address).then(|| url.to_owned())
        })
        .collect();
    assert_eq!(asked, [] as [String; 0]);
    let wrong = browser.log("browser").await;
    assert!(wrong.is_empty(), "{wrong:?}");
    browser.quit().await;
}
