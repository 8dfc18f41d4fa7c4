//! Fuzzes templates of messages: any text is accepted or refused, and its length can be computed.
#![no_main]

use connect_pin_sms::rules::sms_template::SmsTemplate;
use connect_pin_sms::rules::sms_segments;
use connect_pin_sms::rules::url::CampaignUrl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A part has at least one character, and a text has at least one part.
    assert!((1..=text.chars().count().max(1)).contains(&sms_segments::count(text)));
    if let Ok(template) = SmsTemplate::parse(text) {
        assert!(text.contains("{url}"));
        if let Ok(url) = CampaignUrl::parse("https://example.com/fuzz-7f3a") {
            let Some(message) = template.render(&url) else {
                return;
            };
            assert!(sms_segments::count(&message) <= sms_segments::MOST_PARTS);
            // Only white space may be removed, and white space surrounds every URL.
            let whole = text.replace("{url}", url.expose());
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(letters(&message), letters(&whole));
            for (at, _) in message.match_indices(url.expose()) {
                let before = message[..at].chars().next_back();
                let after = message[at + url.expose().len()..].chars().next();
                assert!(before.is_none_or(char::is_whitespace));
                assert!(after.is_none_or(char::is_whitespace));
            }
        }
    }
});
