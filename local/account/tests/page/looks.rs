//! The looks of the page: narrow and wide, light and dark, in both languages.

use std::path::PathBuf;

use local_browser::Browser;

use crate::calls::{call, press};
use crate::line::Line;

/// Returns the directory of the pictures of the documents.
fn pictures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures")
}

/// The pictures that documents show.
const OF_DOCUMENTS: [&str; 2] = ["page-wide-light.png", "page-narrow-dark.png"];

/// Keeps a picture of the page for the documents, where they are to be made anew.
async fn keep(browser: &Browser, name: &str) {
    let picture = browser.screenshot().await;
    let keep = |place: PathBuf| {
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join(name), &picture).unwrap();
    };
    if let Some(place) = std::env::var_os("PAGE_PICTURES") {
        keep(place.into());
    }
    if std::env::var_os("UPDATE_DOCS").is_some() && OF_DOCUMENTS.contains(&name) {
        keep(pictures());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_fits_narrow_screens_both_languages_and_both_themes() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::start().await;
    browser.prefer("light").await;
    browser.driver.goto(line.url()).await.unwrap();
    call(&browser, "1111#").await;
    browser.find_text(".log .said", "正しくありません").await;
    browser.find(".canvas-box .block.current").await;
    for (width, height, wide) in [(1440, 1000, true), (375, 812, false)] {
        browser.resize(width, height).await;
        for theme in ["light", "dark"] {
            browser.prefer(theme).await;
            for code in ["ja", "en"] {
                browser
                    .click(&format!("#language option[value={code}]"))
                    .await;
                browser
                    .until(&format!("document.documentElement.lang === '{code}'"))
                    .await;
                for part in ["inbox", "calls", "account", "phone"] {
                    browser.click(&format!("[data-part={part}]")).await;
                    browser
                        .find(&format!("[data-part={part}][aria-current=page]"))
                        .await;
                    if matches!(part, "phone" | "calls") {
                        browser.find(".canvas-box .block.current").await;
                    }
                    if part == "account" {
                        browser.find(".table-row").await;
                    }
                    // Nothing is wider than the screen, so that nobody scrolls sideways.
                    let over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
                    let over = browser.eval(over).await;
                    assert_eq!(over, 0, "{part} {code} {width}");
                    let kind = if wide { "wide" } else { "narrow" };
                    let place = match (part, code, theme) {
                        ("phone", "ja", _) => format!("page-{kind}-{theme}.png"),
                        _ => format!("{part}-{code}-{kind}-{theme}.png"),
                    };
                    keep(&browser, &place).await;
                }
                // The browser keeps the choice.
                assert_eq!(browser.eval("localStorage.getItem('language')").await, code);
            }
        }
    }
    let ground = "getComputedStyle(document.body).backgroundColor";
    browser.prefer("light").await;
    let light = browser.eval(ground).await;
    browser.prefer("dark").await;
    assert_ne!(browser.eval(ground).await, light);
    press(&browser, "").await;
    browser.quit().await;
    line.account.shutdown().await;
}
