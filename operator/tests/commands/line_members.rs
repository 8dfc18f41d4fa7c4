//! Members of a line: single ones, files, and the whole table.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use crate::account::{Account, MEMBERS, stderr};

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_added_found_and_removed() {
    let account = Account::with_line(&[]).await;
    account.done(&["members", "add", "090-1111-2222", "--id", "7"]);
    // The same again changes nothing, and another id is refused.
    let again = account.done(&["members", "add", "09011112222", "--id", "7"]);
    assert!(again.starts_with("Nothing to do"), "{again}");
    let refused = account.fails(&["members", "add", "09011112222", "--id", "8"]);
    assert!(
        refused.contains("+81*****2222 must have no row"),
        "{refused}"
    );

    for by in [
        &["members", "find", "+81 90 1111 2222"][..],
        &["members", "find", "--id", "7"],
    ] {
        let found = account.done(by);
        assert!(
            found.starts_with("  +81*****2222, id 7\nFound 1 member"),
            "{found}"
        );
        let whole = account.done(&[by, &["--show-numbers"]].concat());
        assert!(whole.starts_with("  +819011112222, id 7\n"), "{whole}");
    }
    let dry = account.done(&["members", "remove", "090-1111-2222"]);
    assert!(dry.contains("Nothing was removed: add --yes"), "{dry}");
    assert_eq!(account.rows(MEMBERS).await.len(), 1);
    let removed = account.done(&["members", "remove", "090-1111-2222", "--yes"]);
    assert!(removed.contains("Removed 1 member"), "{removed}");
    assert!(account.rows(MEMBERS).await.is_empty());
    account.stop().await;
}

/// An export is a file of its own, and an import of it changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_imported_as_the_same() {
    let account = Account::with_line(&[]).await;
    account
        .put(
            MEMBERS,
            &[("phone", text("+819011112222")), ("id", text("a, \"b\""))],
        )
        .await;
    account
        .put(
            MEMBERS,
            &[
                ("phone", text("+819011113333")),
                ("id", text("0042")),
                ("optedOut", AttributeValue::Bool(true)),
            ],
        )
        .await;
    account
        .put(MEMBERS, &[("phone", text("+819011114444"))])
        .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    let file = file.to_str().unwrap();
    let output = account.operate(&["members", "export", file]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("1 row that the function cannot use"),
        "{}",
        stderr(&output)
    );
    let printed = account.done(&["members", "import", file]);
    assert!(
        printed.contains("0 new, 0 changed, 2 the same"),
        "{printed}"
    );
    let refused = account.fails(&["members", "export", file]);
    assert!(
        refused.contains("must be a new file, but exists"),
        "{refused}"
    );
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_removes_who_left_after_it_was_confirmed() {
    let account = Account::with_line(&[]).await;
    for (phone, id) in [
        ("+819011110001", "1"),
        ("+819011110002", "2"),
        ("+819011110003", "3"),
        ("note", "4"),
    ] {
        account
            .put(MEMBERS, &[("phone", text(phone)), ("id", text(id))])
            .await;
    }
    let file = account.file(
        "m.csv",
        "phone,id\n090-1111-0001,1\n090-1111-0002,two\n090-1111-0009,9\n",
    );
    let dry = account.done(&["members", "sync", &file]);
    assert!(dry.contains("  +81*****0003 left\n"), "{dry}");
    assert!(dry.contains("1 new, 1 changed, 1 the same"), "{dry}");
    assert!(
        dry.contains("Nothing was changed: to confirm, give --remove 1"),
        "{dry}"
    );
    assert_eq!(account.rows(MEMBERS).await.len(), 4);

    let refused = account.fails(&["members", "sync", &file, "--remove", "2"]);
    assert!(
        refused.contains("--remove must be the number of members that would be removed, 1, was 2"),
        "{refused}"
    );
    assert_eq!(account.rows(MEMBERS).await.len(), 4);

    account.done(&["members", "sync", &file, "--remove", "1"]);
    let mut keys: Vec<_> = account
        .rows(MEMBERS)
        .await
        .iter()
        .map(|row| row["phone"].as_s().unwrap().clone())
        .collect();
    keys.sort();
    // A row of another program stays.
    assert_eq!(
        keys,
        ["+819011110001", "+819011110002", "+819011110009", "note"]
    );

    let empty = account.file("empty.csv", "phone,id\n");
    let refused = account.fails(&["members", "sync", &empty, "--yes"]);
    assert!(
        refused.contains("all members would be removed: to confirm that, give --remove 3"),
        "{refused}"
    );
    assert_eq!(account.rows(MEMBERS).await.len(), 4);
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_spreadsheets_are_imported_as_they_are() {
    let account = Account::with_line(&[]).await;
    // In Shift_JIS, as `iconv -t CP932` writes "電話番号,会員番号,備考".
    let mut bytes =
        b"\x93\x64\x98\x62\x94\xd4\x8d\x86,\x89\xef\x88\xf5\x94\xd4\x8d\x86,\x94\xf5\x8d\x6c\r\n"
            .to_vec();
    bytes.extend_from_slice(b"090-1111-2222,0007,x\r\n");
    let file = account.file("sjis.csv", "");
    std::fs::write(&file, bytes).unwrap();
    let columns = ["--column", "phone=電話番号", "--column", "id=会員番号"];
    let import = [&["members", "import", &file][..], &columns].concat();
    let refused = account.fails(&import);
    assert!(
        refused.contains("the header's column 3 must be one of phone, id, optedOut"),
        "{refused}"
    );
    let output = account.operate(&[&import[..], &["--ignore-other-columns"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("sjis.csv: Shift_JIS"),
        "{}",
        stderr(&output)
    );
    let row = account.row(MEMBERS, "phone", "+819011112222").await;
    assert_eq!(row["id"].as_s().unwrap(), "0007");
    let refused = account.fails(&["members", "import", &file, "--column", "tel=電話番号"]);
    assert!(
        refused.contains("--column must name one of phone, id, optedOut, was \"tel\""),
        "{refused}"
    );
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_go_to_a_file_and_the_others_are_written() {
    let account = Account::with_line(&[]).await;
    let file = account.file(
        "m.csv",
        "phone,id\n090-1111-0001,1\n12,2\n090-1111-0003,\n090-1111-0004,4\n",
    );
    let refused = account.fails(&["members", "import", &file]);
    assert!(
        refused.contains("has 2 mistakes, so nothing was written"),
        "{refused}"
    );
    assert!(account.rows(MEMBERS).await.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.csv");
    let rejects = rejects.to_str().unwrap();
    let output = account.operate(&[
        "members",
        "import",
        &file,
        "--rejects",
        rejects,
        "--format",
        "json",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = String::from_utf8(output.stdout).unwrap();
    let result: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&result["new"], &result["rejected"]),
        (&2.into(), &2.into())
    );
    assert_eq!(account.rows(MEMBERS).await.len(), 2);
    let text = std::fs::read_to_string(rejects).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "line,reasons,phone,id");
    assert!(
        lines[1].starts_with("3,") && lines[1].ends_with(",12,2"),
        "{text}"
    );
    assert_eq!(lines[2], "4,id: the cell must not be empty,090-1111-0003,");
    account.stop().await;
}

/// The promise of docs/data.md: interrupted twice and run again, nothing is lost or doubled.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_interrupted_twice_is_completed_by_the_third_run() {
    let account = Account::with_line(&[]).await;
    let mut csv = String::from("phone,id\n");
    for member in 0..450 {
        csv.push_str(&format!("0901111{member:04},{member}\n"));
    }
    let file = account.file("m.csv", &csv);
    for nth in [130, 150] {
        account.faults(&format!(
            r#"[{{ "service": "dynamodb", "operation": "UpdateItem", "nth": {nth},
                  "effect": {{ "refuse": {{ "code": "AccessDeniedException", "message": "no" }} }} }}]"#
        ));
        let refused = account.fails(&["members", "import", &file]);
        assert!(refused.contains("AccessDeniedException"), "{refused}");
        assert!(account.rows(MEMBERS).await.len() < 450);
    }
    account.faults("[]");
    let printed = account.done(&["members", "import", &file, "--format", "json"]);
    let result: Value = serde_json::from_str(&printed).unwrap();
    let count = |name: &str| result[name].as_u64().unwrap();
    // The account may have carried out updates after the program that sent them had ended, so the
    // number of rows is known only now: those before the refusals are there, but for the 31 other
    // updates that were on their way.
    assert!(count("same") >= 129 - 31 + 149 - 31, "{printed}");
    assert_eq!(count("changed"), 0);
    assert_eq!(count("new") + count("same"), 450);
    assert_eq!(account.rows(MEMBERS).await.len(), 450);
    let printed = account.done(&["members", "import", &file]);
    assert!(
        printed.contains("0 new, 0 changed, 450 the same"),
        "{printed}"
    );
    account.stop().await;
}
