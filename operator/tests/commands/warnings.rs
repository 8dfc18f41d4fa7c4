//! Warnings: the rows are loaded all the same.

use serde_json::Value;

use crate::account::{Account, BENEFITS, MEMBERS, stderr};

#[tokio::test(flavor = "multi_thread")]
async fn unusual_rows_are_loaded_with_warnings() {
    let account = Account::start().await;
    // Two of 24 PINs have lost a zero.
    let mut csv = String::from("pinCode,campaignUrl,message\n");
    for pin in 990..1012 {
        csv.push_str(&format!("{pin:04},https://example.com/,\n"));
    }
    csv.push_str("42,https://example.com/,{url}まで\n420,https://example.com/,\n");
    let file = account.file("c.csv", &csv);
    let output = account.load(&["campaigns", &file, "--dry-run"]);
    assert!(output.status.success());
    let printed = String::from_utf8_lossy(&output.stdout);
    let lengths = "PIN lengths: 1 of 2 digits, 1 of 3 digits, 22 of 4 digits.";
    assert!(printed.contains(lengths), "{printed}");
    let warned = stderr(&output);
    let lines: Vec<&str> = warned.lines().collect();
    assert_eq!(lines.len(), 4, "{warned}");
    let expected = [
        "24: warning: pinCode: the PIN has fewer than 4 digits",
        "24: warning: message: some phones take text that touches {url}",
        "24: warning: pinCode: the PINs differ in length (1 of 2 digits",
        "25: warning: pinCode: the PIN has fewer than 4 digits",
    ];
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(&format!("{file}:{expected}")), "{warned}");
    }
    assert!(account.rows(BENEFITS).await.is_empty());

    let arguments = ["campaigns", &file, "--format", "json"];
    let output = account.load(&[&arguments[..], &["--pin-length", "4..4"]].concat());
    let printed = String::from_utf8(output.stdout).unwrap();
    let results: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(results.len(), 5, "{printed}");
    assert_eq!(results[0]["type"], "warning");
    assert_eq!(
        (&results[0]["line"], &results[0]["column"]),
        (&24.into(), &"pinCode".into())
    );
    let loaded = &results[4];
    assert_eq!(
        (&loaded["warnings"], &loaded["written"]),
        (&4.into(), &24.into())
    );
    assert_eq!(loaded["pinLengths"]["4"], 22);
    assert_eq!(account.rows(BENEFITS).await.len(), 24);

    let printed = account.refused(&["campaigns", &file, "--pin-length", "8..4"]);
    assert!(printed.contains("must be MIN..MAX"), "{printed}");
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_without_sms_are_counted() {
    let account = Account::start().await;
    let file = account.file(
        "m.csv",
        "phone,id\n090-1111-2222,1\n03-3111-2222,2\n0120-123-456,3\n060-1111-2222,4\n\
         090-0111-2222,5\n",
    );
    let output = account.load(&["members", &file]);
    let (printed, warned) = (String::from_utf8_lossy(&output.stdout), stderr(&output));
    assert!(
        printed.contains("2 numbers cannot receive an SMS"),
        "{printed}"
    );
    assert!(
        printed.contains("Numbers were checked against libphonenumber's metadata "),
        "{printed}"
    );
    let expected = format!(
        "{file}:6: warning: phone: according to libphonenumber, this number is not assigned"
    );
    assert!(warned.starts_with(&expected), "{warned}");
    assert_eq!(warned.lines().count(), 1, "{warned}");
    assert_eq!(account.rows(MEMBERS).await.len(), 5);

    let output = account.load(&["members", &file, "--dry-run", "--format", "json"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    let loaded: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(loaded["numbersWithoutSms"], 2);
    assert!(loaded["metadataAgeDays"].is_u64(), "{loaded}");
    account.stop().await;
}
