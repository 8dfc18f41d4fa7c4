//! Calls: with the mouse, with the keyboard, with sound.

use local_browser::Browser;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::line::{Line, MEMBER};

/// Places a call from the member and presses keys.
pub(crate) async fn call(browser: &Browser, keys: &str) {
    browser.find_text("#caller option", MEMBER).await;
    browser.find("#dial option").await;
    browser.click("form button[type=submit]").await;
    browser.find(".call-card .pad .key:enabled").await;
    press(browser, keys).await;
}

pub(crate) async fn press(browser: &Browser, keys: &str) {
    for key in keys.chars() {
        browser.click(&format!("[data-key='{key}']")).await;
    }
}

/// Returns the address of a request that a page of `origin` made, from an entry of the browser's log.
fn requested_by(origin: &str, entry: &Value) -> Option<String> {
    let entry: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
    let (message, parameters) = (&entry["message"], &entry["message"]["params"]);
    let is_own = parameters["documentURL"].as_str()?.starts_with(origin);
    let url = parameters["request"]["url"].as_str()?.to_owned();
    (message["method"] == "Network.requestWillBeSent" && is_own).then_some(url)
}

/// Returns the texts of the conversation.
async fn said(browser: &Browser) -> Vec<String> {
    let said =
        browser.eval("[...document.querySelectorAll('.log .said')].map(one => one.textContent)");
    serde_json::from_value(said.await).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_heard_seen_replayed_and_saved_as_a_test() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::start().await;
    browser
        .driver
        .goto(line.account.endpoint_url())
        .await
        .unwrap();
    // The account's own address leads to the page.
    assert_eq!(
        browser.driver.current_url().await.unwrap().path(),
        "/_local/ui/"
    );

    // A wrong PIN: the call is asked again, in the block that is lit.
    call(&browser, "1111#").await;
    browser.find_text(".log .said", "正しくありません").await;
    browser
        .until("document.querySelector('.canvas-box .block.current')?.dataset.block === 'Ask for the PIN'")
        .await;
    // A right one.
    press(&browser, "4242#").await;
    browser.find_text(".call-card .state", "Ended").await;
    let said = said(&browser).await;
    assert!(
        said.iter().any(|text| text.contains("お送りしました")),
        "{said:?}"
    );
    assert!(said.contains(&"••••#".to_owned()), "{said:?}");
    assert!(said.contains(&"The line hung up".to_owned()), "{said:?}");
    // The message reaches the caller's card, and is counted, without a reload.
    let received = browser.find_text(".log .sms", "Campaign").await;
    let link = received.find(By::Css("a")).await.unwrap();
    assert_eq!(
        link.attr("href").await.unwrap().as_deref(),
        Some("https://campaign.example/spring?m=1")
    );
    browser.find_text("#tabs .badge", "1").await;
    // The way taken: the question came twice, and neither PIN is shown.
    browser
        .until("document.querySelector('.canvas-box .block.current')?.dataset.block === 'Hang up'")
        .await;
    let asked = "[...document.querySelectorAll('.steps b')].filter(one => one.textContent === 'Ask for the PIN').length";
    assert_eq!(browser.eval(asked).await, 2);
    browser.click_text(".steps .step b", "Check the PIN").await;
    browser.find_text(".facts", "LambdaFunctionARN").await;
    let facts = browser.find(".facts").await.text().await.unwrap();
    assert!(
        facts.contains("••••") && !facts.contains("\"1111"),
        "{facts}"
    );
    assert!(facts.contains("\"result\": \"wrong\""), "{facts}");
    // A block of the picture can be read.
    let block = "document.querySelector(\".canvas-box [data-block='Welcome'].block\")";
    browser
        .eval(&format!(
            "{block}.dispatchEvent(new MouseEvent('click', {{ bubbles: true }}))"
        ))
        .await;
    browser.find_text(".facts h3", "Welcome").await;

    // The message arrived, with a link that gives nothing of the page away.
    browser.click_text("#tabs a", "Messages").await;
    let message = browser.find_text(".message", MEMBER).await;
    assert!(message.text().await.unwrap().contains("1 part"));
    let link = browser.find(".message a").await;
    let attribute = async |name: &str| link.attr(name).await.unwrap().unwrap_or_default();
    assert_eq!(
        attribute("href").await,
        "https://campaign.example/spring?m=1"
    );
    assert_eq!(attribute("rel").await, "noopener noreferrer");
    assert_eq!(attribute("target").await, "_blank");

    // Replayed step by step.
    browser.click_text("#tabs a", "Calls").await;
    browser.find_text(".count", "Step 1 of").await;
    browser.click(".controls [aria-label='One step on']").await;
    browser.find_text(".count", "Step 2 of").await;
    browser
        .until("document.querySelector('.canvas-box .block.current')?.dataset.block === 'Welcome'")
        .await;
    let lit = "document.querySelectorAll('.canvas-box .block.lit').length";
    assert_eq!(browser.eval(lit).await, 2);
    browser
        .find_text(".facts .log .said", "お電話ありがとうございます")
        .await;

    // Saved as a test, which passes.
    browser.click_text(".tools button", "Save as a test").await;
    browser.click_text(".tools button", "Run it now").await;
    browser.find_text(".result.passed", "Passed").await;

    // Nothing that the page asked for is at another place than the account.
    let own = line.account.endpoint_url();
    let asked: Vec<String> = browser
        .log("performance")
        .await
        .iter()
        .filter_map(|entry| requested_by(&own, entry))
        .collect();
    assert!(asked.len() > 10, "{asked:?}");
    assert_eq!(asked.iter().find(|url| !url.starts_with(&own)), None);
    let wrong: Vec<Value> = browser.log("browser").await;
    assert!(wrong.is_empty(), "{wrong:?}");
    browser.quit().await;
    line.account.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyboard_alone_places_a_call_and_hangs_up() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::start().await;
    browser.driver.goto(line.url()).await.unwrap();
    browser.find_text("#caller option", MEMBER).await;
    browser.find("#dial option").await;
    // Tab reaches everything, in the order of the page; each place is seen.
    let mut reached = Vec::new();
    loop {
        browser
            .driver
            .active_element()
            .await
            .unwrap()
            .send_keys(Key::Tab + "")
            .await
            .unwrap();
        let at = "document.activeElement.id || document.activeElement.dataset.part || document.activeElement.className";
        reached.push(
            browser
                .eval(at)
                .await
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
        let outline = "getComputedStyle(document.activeElement).outlineStyle";
        assert_ne!(browser.eval(outline).await, "none", "{reached:?}");
        if reached.last().is_some_and(|at| at == "primary") {
            break;
        }
        assert!(reached.len() < 20, "{reached:?}");
    }
    let expected = [
        "skip", "phone", "inbox", "calls", "account", "sound", "language", "caller", "dial",
        "primary",
    ];
    assert_eq!(reached, expected);
    let focused = async || browser.driver.active_element().await.unwrap();
    focused().await.send_keys(Key::Enter + "").await.unwrap();
    browser.find(".call-card .key:enabled").await;
    // The card has the focus, so digits are keys of the telephone.
    focused().await.send_keys("1111#").await.unwrap();
    browser.find_text(".log .said", "正しくありません").await;
    focused().await.send_keys(Key::Escape + "").await.unwrap();
    browser.find_text(".log .said", "The caller hung up").await;
    // What is read out has names.
    let log = browser.find(".log").await;
    assert_eq!(
        log.attr("aria-live").await.unwrap().as_deref(),
        Some("polite")
    );
    let unnamed = "[...document.querySelectorAll('button, select, input, a, [role=button]')].filter(one => \
                   !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length || \
                   one.getAttribute('aria-labelledby'))).map(one => one.outerHTML)";
    assert_eq!(browser.eval(unnamed).await, json!([]));
    browser.quit().await;
    line.account.shutdown().await;
}

/// Stands in for the speech of a browser: `window.spoken` has what it said. Utterances end when `window.finish`
/// is called.
const SPEECH: &str = r"(() => {
  window.spoken = [];
  window.ends = [];
  window.finish = () => window.ends.shift()();
  const voices = VOICES;
  const fake = {
    getVoices: () => voices,
    speak: (one) => { window.spoken.push([one.text, one.voice.name]); window.ends.push(() => one.done()); },
    cancel: () => { while (window.ends.length) window.finish(); },
  };
  Object.defineProperty(window, 'speechSynthesis', { value: fake, configurable: true });
  window.SpeechSynthesisUtterance = class {
    constructor(text) { this.text = text; }
    addEventListener(name, done) { if (name === 'end') this.done = done; }
  };
  return true;
})()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prompts_are_spoken_by_a_local_voice_or_shown_as_text() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::start().await;
    browser.driver.goto(line.url()).await.unwrap();
    browser.find_text("#caller option", MEMBER).await;
    // A voice that sends the text to a server is not used.
    let remote = r#"[{ name: "remote", lang: "ja-JP", localService: false }]"#;
    browser.eval(&SPEECH.replace("VOICES", remote)).await;
    browser.click("#sound").await;
    call(&browser, "").await;
    browser.find_text(".call-card .hint", "shown as text").await;
    browser.find_text(".log .said", "シャープを押して").await;
    assert_eq!(browser.eval("window.spoken").await, json!([]));
    browser.click_text(".call-card button", "Hang up").await;
    browser.find_text(".log .said", "The caller hung up").await;
    browser.click_text(".call-card button", "Close").await;

    let local = r#"[{ name: "remote", lang: "ja-JP", localService: false },
                    { name: "other", lang: "en-US", localService: true },
                    { name: "local", lang: "ja-JP", localService: true }]"#;
    browser.eval(&SPEECH.replace("VOICES", local)).await;
    call(&browser, "").await;
    // One after the other: the question comes when the welcome has been spoken.
    browser.until("window.spoken.length === 1").await;
    assert_eq!(browser.eval("window.spoken[0][1]").await, "local");
    assert!(
        !crate::calls::said(&browser)
            .await
            .iter()
            .any(|text| text.contains("シャープ"))
    );
    browser.eval("window.finish()").await;
    browser.until("window.spoken.length === 2").await;
    browser.find_text(".log .said", "シャープを押して").await;
    // A key cuts the prompt short.
    press(&browser, "1").await;
    browser.until("window.ends.length === 0").await;
    browser.quit().await;
    line.account.shutdown().await;
}
