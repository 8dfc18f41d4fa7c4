//! The shipped line in a browser, on the page of the account that it is deployed into.

use e2e::Failure;
use local_browser::Browser;

use super::{Complete, OTHER_MEMBERS, PIN, SENT, URL, WRONG_PIN, WRONG_PIN_AGAIN};

/// The member who calls in the browser, and gets both messages of the day: one by the call, one by its test.
const CALLER: &str = OTHER_MEMBERS[9];

async fn press(browser: &Browser, keys: &str) {
    for key in keys.chars() {
        browser.click(&format!("[data-key='{key}']")).await;
    }
}

/// Waits until this block of the picture is the one that the call is in.
async fn reached(browser: &Browser, block: &str) {
    let lit = "document.querySelector('.canvas-box .block.current')?.dataset.block";
    browser.until(&format!("{lit} === '{block}'")).await;
}

pub(crate) async fn the_shipped_line_is_called_seen_and_saved_as_a_test_in_a_browser(
    complete: &Complete,
) -> Result<(), Failure> {
    let Some(browser) = Browser::start().await else {
        return Ok(());
    };
    let Complete { line, outputs, .. } = complete;
    let address = line.aws.account.endpoint_url();
    browser.driver.goto(&address).await?;
    browser
        .click(&format!("#caller option[value='{CALLER}']"))
        .await;
    let number = &outputs.phone_number;
    browser
        .click(&format!("#dial option[value='{number}']"))
        .await;
    browser.click("form button[type=submit]").await;
    browser.find(".call-card .key:enabled").await;
    reached(&browser, "Ask for PIN ja").await;

    // Eight keys are the most that the line takes: it goes on without the pound key.
    press(&browser, WRONG_PIN).await;
    browser.find_text(".log .said", WRONG_PIN_AGAIN).await;
    reached(&browser, "Ask again after wrong PIN ja").await;
    press(&browser, PIN).await;
    browser.find_text(".log .said", SENT).await;
    browser.find_text(".call-card .state", "Ended").await;
    browser.find_text(".log .sms", URL).await;
    reached(&browser, "Hang up").await;
    let sends = "[...document.querySelectorAll('.steps b')].filter(one => one.textContent === 'Send SMS ja').length";
    assert_eq!(browser.eval(sends).await, 2);
    // The function is read in its step, and neither PIN is anywhere.
    browser.click_text(".steps .step b", "Send SMS ja").await;
    browser.find_text(".facts", "PIN_NOT_FOUND").await;
    browser.find_text(".facts", "dynamodb").await;
    let text = browser.eval("document.body.innerText").await;
    for secret in [PIN, WRONG_PIN] {
        assert!(!text.as_str().unwrap_or_default().contains(secret));
    }

    browser.click_text("#tabs a", "Calls").await;
    browser.click_text(".call-row b", CALLER).await;
    browser.find_text(".count", "Step 1 of").await;
    reached(&browser, "Start flow log").await;
    browser.click_text(".tools button", "Save as a test").await;
    browser.click_text(".tools button", "Run it now").await;
    browser.find_text(".result.passed", "Passed").await;
    browser.quit().await;
    Ok(())
}
