//! Fuzzes the parser of Query forms: a form is read as an object, and an answer is written as one element.
#![no_main]

use libfuzzer_sys::fuzz_target;
use local_wire::query::{self, Form};

/// A form with every kind of member.
const FORM: Form = Form {
    numbers: &["Values", "MetricData.Value"],
    booleans: &["ReturnData"],
    maps: &["attributes"],
    drops_empty: true,
    ..Form::new("http://monitoring.amazonaws.com/doc/2010-08-01/")
};

fuzz_target!(|bytes: &[u8]| match query::read(&FORM, bytes) {
    Ok(members) => {
        assert!(members.is_object());
        let written = query::write(&FORM, "GetMetricData", "id", &members, &["Timestamp"]);
        assert!(written.starts_with("<GetMetricDataResponse "));
        assert!(written.ends_with("</GetMetricDataResponse>"));
    }
    Err(fault) => assert_eq!(fault.status, 400),
});
