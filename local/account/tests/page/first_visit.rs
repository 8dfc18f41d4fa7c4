//! A first visit: an account without a line, a line without members, and numbers as people write them.

use local_browser::Browser;
use serde_json::{Value, json};

use crate::line::{Line, MEMBER, empty};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_what_is_still_missing() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (account, _place) = empty().await;
    browser.driver.goto(account.endpoint_url()).await.unwrap();
    browser.find_text(".advice pre", "terraform").await;
    assert_eq!(
        browser
            .eval("document.querySelector('form .primary').disabled")
            .await,
        true
    );
    account.shutdown().await;

    let bye = json!([
        { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
    ]);
    let line = Line::of("short", &bye).await;
    browser.driver.goto(line.url()).await.unwrap();
    browser
        .find_text(".advice", "No table has a member yet")
        .await;
    // The page selects the new member when its window gets the focus again.
    line.make_members().await;
    browser
        .eval("window.dispatchEvent(new Event('focus'))")
        .await;
    browser.find_text("#caller option", MEMBER).await;
    browser
        .until("document.querySelector('.advice').hidden")
        .await;
    let chosen = browser.eval("document.getElementById('caller').value");
    assert_eq!(chosen.await, MEMBER);
    browser.quit().await;
    line.account.shutdown().await;
}

/// E.164 numbers have up to 15 digits; the trunk prefix 0 of Japan is not part of them:
/// <https://www.itu.int/rec/T-REC-E.164> and <https://www.itu.int/oth/T020200006C>.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callers_number_may_be_written_as_people_write_it() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (account, _place) = empty().await;
    browser.driver.goto(account.endpoint_url()).await.unwrap();
    browser.find("#caller option").await;
    for (written, dialed, expected) in [
        ("090-0000-0001", "+815000000001", json!("+819000000001")),
        (
            "０９０ ００００ ０００１",
            "+815000000001",
            json!("+819000000001"),
        ),
        ("+81 90 0000 0001", "+815000000001", json!("+819000000001")),
        ("+1 (201) 555-0123", "+815000000001", json!("+12015550123")),
        // Which country is meant is not known.
        ("020 7946 0000", "+12015550199", Value::Null),
        ("withheld", "+815000000001", Value::Null),
        ("", "+815000000001", Value::Null),
        ("+1234567890123456", "+815000000001", Value::Null),
    ] {
        let read = format!(
            "import('./phone.js').then(({{ international }}) => international('{written}', '{dialed}'))"
        );
        assert_eq!(browser.eval_async(&read).await, expected, "{written}");
    }
    browser.quit().await;
    account.shutdown().await;
}
