//! A form is read as the object that it stands for, and written as one element.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../local/account/src/cloudwatch/form.rs"]
mod form;

/// Of the account's protocols a form needs only how times are written.
mod wire {
    pub fn rfc3339(seconds: f64) -> String {
        seconds.to_string()
    }
}

fuzz_target!(|bytes: &[u8]| {
    match form::read(bytes) {
        Ok(members) => {
            let written = form::write("GetMetricData", members, |name| name == "Timestamp");
            assert!(written.is_ok_and(|xml| xml.ends_with("</GetMetricDataResponse>")));
        }
        Err(fault) => assert_eq!(fault.status, 400),
    }
});
