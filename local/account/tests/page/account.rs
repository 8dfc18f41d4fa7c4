//! The account as the page shows and changes it, and several callers at the same time.

use local_browser::{Browser, LOOK, SHOWN};
use serde_json::json;

use crate::calls::{call, press};
use crate::line::{Line, MEMBER};

/// Waits until the account has as many fault rules. A switch is where the user put it before the account has
/// answered.
async fn until_rules(line: &Line, wanted: usize) {
    let reached = async {
        while line.account.faults().list().len() != wanted {
            tokio::time::sleep(LOOK).await;
        }
    };
    let waited = tokio::time::timeout(SHOWN, reached).await;
    assert!(waited.is_ok(), "the account must have {wanted} fault rules");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_added_and_edited_and_faults_are_switched_on() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::start().await;
    browser.driver.goto(line.url()).await.unwrap();
    browser.click("[data-part=account]").await;
    browser.find_text(".table-row", MEMBER).await;

    browser.click_text("button", "Add a row").await;
    let key = browser.find(".row-form .attribute-value").await;
    key.send_keys("+819000000002").await.unwrap();
    browser.click_text(".row-form button", "Save").await;
    browser.find_text(".table-row", "+819000000002").await;

    browser.click("[aria-label='Edit +819000000002']").await;
    browser
        .click_text(".row-form button", "Add an attribute")
        .await;
    let name = browser
        .find(".attribute:nth-child(2) .attribute-name")
        .await;
    name.send_keys("memberId").await.unwrap();
    let value = browser
        .find(".attribute:nth-child(2) .attribute-value")
        .await;
    value.send_keys("M-0002").await.unwrap();
    browser.click_text(".row-form button", "Save").await;
    browser.find_text(".table-row", "M-0002").await;

    browser.click("[data-fault=faultTables]").await;
    until_rules(&line, 1).await;
    let faults = line.account.client().faults().await.unwrap();
    let rules: Vec<_> = faults.iter().map(|fault| json!(fault.rule)).collect();
    let expected =
        json!({ "service": "dynamodb", "caller": "functions", "effect": "server_error" });
    assert_eq!(rules, [expected]);
    browser.click_text("button", "Switch all off").await;
    until_rules(&line, 0).await;
    browser
        .until("!document.querySelector('[data-fault=faultTables]').checked")
        .await;
    browser.quit().await;
    line.account.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_callers_are_on_the_line_each_in_a_card() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::start().await;
    browser.driver.goto(line.url()).await.unwrap();
    call(&browser, "1111#").await;
    browser.find_text(".log .said", "正しくありません").await;
    // A withheld number calls meanwhile; its card is the first.
    browser.click("#caller option[value=withheld]").await;
    browser.click("form button[type=submit]").await;
    browser
        .until("document.querySelectorAll('.call-card').length === 2")
        .await;
    browser
        .find_text(".call-card:first-child", "Withheld")
        .await;
    browser.find(".call-card:first-child .key:enabled").await;
    press(&browser, "4242#").await;
    browser
        .find_text(".call-card:first-child .state", "Ended")
        .await;
    let other = browser.find(".call-card:last-child .state").await;
    assert_eq!(other.text().await.unwrap(), "Connected");
    assert_eq!(line.account.connect().calls().len(), 2);
    browser.quit().await;
    line.account.shutdown().await;
}
