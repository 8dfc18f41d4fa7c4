//! Workbooks are imported and loaded as CSV files are.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use crate::account::{Account, BENEFITS, MEMBERS, stderr};
use crate::parts::Parts;

impl Account {
    /// Writes a workbook to a file, whose name says nothing about its format, and returns its path.
    fn workbook(&self, sheets: &[(&str, &str, &str)]) -> String {
        let workbook = Parts {
            styles: "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs>",
            sheets,
            ..Parts::default()
        };
        let file = self.file("export.dat", "");
        std::fs::write(&file, workbook.bytes()).unwrap();
        file
    }
}

/// Returns a row of a sheet; a cell is text, or XML if it begins with a mark.
fn row(number: usize, cells: &[&str]) -> String {
    let cells = cells.iter().zip('A'..).map(|(cell, column)| {
        let at = format!("{column}{number}");
        match cell.strip_prefix('<') {
            Some(rest) => format!("<c r=\"{at}\" {rest}</c>"),
            None => {
                format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>")
            }
        }
    });
    format!("<row r=\"{number}\">{}</row>", cells.collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_is_imported_as_people_have_it() {
    let account = Account::with_line(&[]).await;
    let list = [
        row(1, &["電話番号", "会員番号", "備考", "optedOut"]),
        row(
            2,
            &["090-1111-0001", "<><v>7</v>", "<t=\"e\"><v>#N/A</v>", ""],
        ),
        // Row 3 is empty. The number is as the country writes it without a prefix, so it is not ambiguous.
        row(4, &["+81 90 1111 0002", "a", "", "<t=\"b\"><v>1</v>"]),
        row(
            5,
            &["<t=\"str\"><f>B5</f><v>０９０-1111-0003</v>", "b", "", ""],
        ),
    ]
    .concat();
    let file = account.workbook(&[("備考", "visible", ""), ("会員", "visible", &list)]);
    let import = [
        "members",
        "import",
        &file,
        "--column",
        "phone=電話番号",
        "--column",
        "id=会員番号",
        "--ignore-other-columns",
    ];
    let refused = account.fails(&[&import[..], &["--sheet", "members"]].concat());
    assert!(
        refused.contains("--sheet must be one of 備考, 会員, was members"),
        "{refused}"
    );
    let refused = account.fails(&import);
    assert!(refused.contains("1: the file is empty"), "{refused}");
    let output = account.operate(&[&import[..], &["--sheet", "会員", "--format", "json"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("export.dat: xlsx, sheet 会員"),
        "{}",
        stderr(&output)
    );
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&result["new"], &result["encoding"], &result["sheet"]),
        (&3.into(), &"xlsx".into(), &"会員".into())
    );
    let member = account.row(MEMBERS, "phone", "+819011110001").await;
    assert_eq!(member["id"], AttributeValue::S("7".to_owned()));
    let member = account.row(MEMBERS, "phone", "+819011110002").await;
    assert_eq!(member["optedOut"], AttributeValue::Bool(true));
    account.row(MEMBERS, "phone", "+819011110003").await;

    // The same by the names of the tables, and the sheet as the whole truth.
    let list = row(1, &["phone", "id"]) + &row(2, &["090-1111-0001", "<><v>7</v>"]);
    let file = account.workbook(&[("s", "visible", &list)]);
    let dry = account.done(&["members", "sync", &file]);
    assert!(dry.contains("2 members would be removed"), "{dry}");
    let printed = account.loaded(&["members", &file]);
    assert!(printed.contains("Wrote 1 member to"), "{printed}");
    let refused = account.refused(&["members", &file, "--sheet", "t"]);
    assert!(
        refused.contains("--sheet must be one of s, was t"),
        "{refused}"
    );
    let csv = account.file("m.csv", "phone,id\n");
    for refused in [
        account.refused(&["members", &csv, "--sheet", "t"]),
        account.fails(&["members", "import", &csv, "--sheet", "t"]),
    ] {
        assert!(
            refused.contains("--sheet needs a workbook (xlsx)"),
            "{refused}"
        );
    }
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_that_lost_something_are_refused_with_their_place() {
    let account = Account::with_line(&[]).await;
    let list = [
        row(1, &["phone", "id", "optedOut"]),
        row(2, &["<><v>9011110001</v>", "1"]),
        row(3, &["090-1111-0002", "<t=\"e\"><v>#REF!</v>"]),
        row(5, &["090-1111-0003", "<s=\"1\"><v>46113</v>"]),
        row(6, &["090-1111-0004", "4", "<><f>C5</f>"]),
        row(7, &["090-1111-0005", "<><v>1234567890123456</v>"]),
        row(8, &["090-1111-0006", "6", "", "more"]),
        row(9, &["090-1111-0007", "7"]),
    ]
    .concat();
    let file = account.workbook(&[("s", "visible", &list)]);
    let refused = account.fails(&["members", "import", &file]);
    for sentence in [
        ":2: phone: the cell must be text, but is a number, which has lost its leading 0 or +: format the column \
         as text",
        ":3: id: cell B3 must have a value, but has the error #REF!",
        ":5: id: cell B5 must be text, but is a date",
        ":6: optedOut: cell C6 must have a value, but its formula has none",
        ":7: id: cell B7 must be text: a spreadsheet keeps 15 digits",
        ":8: cell D8 has no column in the header",
        "has 6 mistakes, so nothing was written",
    ] {
        assert!(refused.contains(sentence), "{sentence}: {refused}");
    }
    assert!(!refused.contains("90111"), "{refused}");
    assert!(account.rows(MEMBERS).await.is_empty());

    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.csv");
    let path = rejects.to_str().unwrap();
    account.done(&["members", "import", &file, "--rejects", path]);
    assert_eq!(account.rows(MEMBERS).await.len(), 1);
    let text = std::fs::read_to_string(&rejects).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 7, "{text}");
    assert!(lines[1].starts_with("2,"), "{text}");
    assert!(lines[3].starts_with("5,\"id: cell B5"), "{text}");
    assert!(
        lines[3].ends_with(",090-1111-0003,2026-04-01 00:00:00,"),
        "{text}"
    );
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_and_pins_of_a_workbook_are_read_or_refused() {
    let account = Account::with_line(&[]).await;
    let header = row(1, &["pinCode", "campaignUrl", "startsAt", "expiresAt"]);
    let url = "https://example.com/a";
    let date = "<s=\"1\"><v>46113.375</v>";
    let list = header.clone() + &row(2, &["0042", url, date, "<><v>1775012400</v>"]);
    let file = account.workbook(&[("s", "visible", &list)]);
    let refused = account.fails(&["campaigns", "import", &file]);
    assert!(
        refused.contains(":2: startsAt: must be whole seconds since 1970")
            && refused.contains("give --time-zone"),
        "{refused}"
    );
    account.done(&["campaigns", "import", &file, "--time-zone", "+09:00"]);
    let loaded = account.loaded(&["campaigns", &file, "--time-zone", "+09:00"]);
    assert!(loaded.contains("Wrote 1 campaign"), "{loaded}");
    let campaign = account.row(BENEFITS, "pinCode", "0042").await;
    // date -ud '2026-04-01 09:00:00 +0900' +%s
    let number = |text: &str| AttributeValue::N(text.to_owned());
    assert_eq!(campaign["startsAt"], number("1775001600"));
    assert_eq!(campaign["expiresAt"], number("1775012400"));

    let list = header
        + &row(2, &["<><v>42</v>", url])
        + &row(3, &["<><v>12345678</v>", url])
        + &row(4, &["0043", url, "<><v>46113</v>"]);
    let file = account.workbook(&[("s", "visible", &list)]);
    let refused = account.fails(&["campaigns", "import", &file, "--time-zone", "+09:00"]);
    for sentence in [
        ":2: pinCode: the cell must be text, but is a number, whose leading zeros are lost",
        ":4: startsAt: cell C4 must be a date, or seconds since 1970 after 1973",
        "has 2 mistakes",
    ] {
        assert!(refused.contains(sentence), "{sentence}: {refused}");
    }
    account.stop().await;
}
