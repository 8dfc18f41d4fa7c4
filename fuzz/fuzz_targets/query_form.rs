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

fuzz_target!(|bytes: &[u8]| match form::read(bytes) {
    Ok(members) => {
        // A form of nothing but `member.1` and its like is a list, which no answer is.
        let is_object = members.is_object();
        let written = form::write("GetMetricData", members, |name| name == "Timestamp");
        assert_eq!(written.is_ok(), is_object);
    }
    Err(fault) => assert_eq!(fault.status, 400),
});
