//! Any text may be given as a template: it is taken or refused, and its length can be judged.
#![no_main]

use connect_pin_sms::message::SmsTemplate;
use connect_pin_sms::segments;
use connect_pin_sms::url::CampaignUrl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A character takes two units at most, and no part is without one.
    assert!((1..=text.chars().count().max(1)).contains(&segments::count(text)));
    if let Ok(template) = SmsTemplate::parse(text) {
        assert!(text.contains("{url}"));
        if let Ok(url) = CampaignUrl::parse("https://example.com/0042") {
            let message = text.replace("{url}", url.expose());
            let parts = segments::count(&message);
            let fits = parts <= segments::MOST_PARTS;
            assert_eq!(template.render(&url), fits.then_some(message));
        }
    }
});
