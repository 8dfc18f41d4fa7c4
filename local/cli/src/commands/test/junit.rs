//! The results of tests as JUnit XML, which CI systems show.

use super::files::FlowSource;
use super::report;
use super::suite::Tested;

/// Returns the report: one suite, and one case for each test.
pub(super) fn report(tests: &[Tested], source: Option<&FlowSource>) -> String {
    let failed = tests.iter().filter(|tested| !tested.passed()).count();
    let took: f64 = tests.iter().map(|tested| tested.took.as_secs_f64()).sum();
    let counts = format!(
        "tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\" time=\"{took:.3}\"",
        tests.len()
    );
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite \
         name=\"connect-local test\" {counts}>\n"
    );
    for tested in tests {
        xml.push_str(&case(tested, source));
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn case(tested: &Tested, source: Option<&FlowSource>) -> String {
    let mut xml = format!(
        "    <testcase name=\"{}\" classname=\"{}\" time=\"{:.3}\"",
        escaped(&tested.name),
        escaped(&tested.path.display().to_string()),
        tested.took.as_secs_f64()
    );
    if tested.passed() {
        xml.push_str("/>\n");
        return xml;
    }
    let message = match &tested.outcome {
        Ok(judged) => &judged.reason,
        Err(why) => why,
    };
    let details = report::failure(tested, source);
    let failure = format!(
        ">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
        escaped(message),
        escaped(&details)
    );
    xml + &failure
}

/// Escapes a text for XML. Characters that XML 1.0 cannot hold are replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push('\n'),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            control if control.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The elements are those that Jenkins' JUnit schema names; XML 1.0 forbids control characters.
    #[test]
    fn a_refused_test_is_a_failure_with_its_reason() {
        let tested = Tested {
            path: "a&b.json".into(),
            name: "<one>".to_owned(),
            outcome: Err("bad \u{1b} \"content\"".to_owned()),
            unmocked: Vec::new(),
            took: Duration::from_millis(1500),
        };
        let xml = report(&[tested], None);
        assert!(xml.contains("<testsuite name=\"connect-local test\" tests=\"1\" failures=\"1\""));
        let case = "<testcase name=\"&lt;one&gt;\" classname=\"a&amp;b.json\" time=\"1.500\">";
        assert!(xml.contains(case), "{xml}");
        let message = "<failure message=\"bad \u{fffd} &quot;content&quot;\">";
        assert!(xml.contains(message), "{xml}");
    }
}
