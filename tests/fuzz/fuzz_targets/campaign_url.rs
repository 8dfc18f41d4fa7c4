//! Fuzzes campaign URLs: a browser opens a URL that the list of hosts allows on that host.
#![no_main]

use connect_pin_sms::rules::url::{CampaignUrl, Hosts};
use libfuzzer_sys::fuzz_target;

const HOST: &str = "a.example";

fuzz_target!(|text: &str| {
    let (Ok(address), Some(hosts)) = (CampaignUrl::parse(text), Hosts::parse(HOST)) else {
        return;
    };
    assert_eq!(address.expose(), text);
    if hosts.allow(&address) {
        // An address that browsers cannot open leads to no other host.
        if let Ok(opened) = url::Url::parse(text) {
            assert_eq!((opened.scheme(), opened.host_str()), ("https", Some(HOST)));
        }
    }
});
