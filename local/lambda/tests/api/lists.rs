//! Lists and their markers.

use super::*;

#[tokio::test]
async fn lists_are_paged() {
    let account = Account::new();
    let code = script(WORKER);
    for name in ["c", "a", "b"] {
        account.create(name, &code, json!({})).await.ok();
    }
    let mut names = Vec::new();
    let mut uri = format!("{FUNCTIONS}/?MaxItems=2");
    loop {
        let page = account.get(&uri).await.ok().json();
        for function in page["Functions"].as_array().unwrap() {
            names.push(function["FunctionName"].as_str().unwrap().to_owned());
        }
        match page["NextMarker"].as_str() {
            Some(marker) => uri = format!("{FUNCTIONS}/?MaxItems=2&Marker={marker}"),
            None => break,
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
    let wrong = account.get(&format!("{FUNCTIONS}?MaxItems=0")).await;
    assert_eq!(wrong.error(), "ValidationException");
}

/// "Marker: Specify the pagination token that's returned by a previous request to retrieve the next page of
/// results."
#[tokio::test]
async fn only_issued_markers_are_accepted() {
    let account = Account::worker(json!({ "Publish": true })).await;
    for name in ["a", "b"] {
        let alias = json!({ "Name": name, "FunctionVersion": "1" });
        account
            .post(&format!("{FUNCTIONS}/worker/aliases"), alias)
            .await
            .ok();
        account.create(name, &script(WORKER), json!({})).await.ok();
    }
    let lists = [
        FUNCTIONS.to_owned(),
        format!("{FUNCTIONS}/worker/versions"),
        format!("{FUNCTIONS}/worker/aliases"),
    ];
    let mut markers = Vec::new();
    for list in &lists {
        let page = account.get(&format!("{list}?MaxItems=1")).await.ok().json();
        markers.push(page["NextMarker"].as_str().unwrap().to_owned());
    }
    for (own, list) in lists.iter().enumerate() {
        for (of, marker) in markers.iter().enumerate() {
            let page = account.get(&format!("{list}?Marker={marker}")).await;
            let expected = if own == of { 200 } else { 400 };
            assert_eq!(page.status, expected, "{list} {:?}", page.body);
        }
        for invented in ["a", "0", "nonsense", "b:00000000000000000000"] {
            let refused = account.get(&format!("{list}?Marker={invented}")).await;
            assert_eq!(
                (refused.status, refused.error()),
                (400, "InvalidParameterValueException".into()),
                "{list} {invented}"
            );
        }
    }
}
