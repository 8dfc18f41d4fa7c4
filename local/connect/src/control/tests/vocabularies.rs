//! Custom vocabularies.

use super::*;

/// The content of the provider's acceptance test of aws_connect_vocabulary.
const CONTENT: &str = "Phrase\tIPA\tSoundsLike\tDisplayAs\nLos-Angeles\t\t\tLos Angeles\n\
    F.B.I.\tɛ f b i aɪ\t\tFBI\nEtienne\t\teh-tee-en\t";

fn vocabulary(name: &str, language: &str) -> Value {
    json!({"VocabularyName": name, "LanguageCode": language, "Content": CONTENT})
}

/// The provider waits from CREATION_IN_PROGRESS to ACTIVE, and from DELETE_IN_PROGRESS until the
/// vocabulary is not found. Its acceptance test: the ARN has the word `vocabulary`, and the content reads
/// back as it was given.
#[test]
fn a_vocabulary_is_created_described_and_deleted() {
    let account = Account::new();
    let (instance, instance_arn) = account.instance("pin-sms");
    let mut body = vocabulary("names", "en-US");
    body["Tags"] = json!({"team": "a"});
    let created = account.ok(Method::POST, &format!("/vocabulary/{instance}"), body);
    assert_eq!(created["State"], "CREATION_IN_PROGRESS");
    let id = text(&created["VocabularyId"]);
    let arn = format!("{instance_arn}/vocabulary/{id}");
    assert_eq!(created["VocabularyArn"], arn);
    let one = format!("/vocabulary/{instance}/{id}");
    let read = account.ok(Method::GET, &one, Value::Null)["Vocabulary"].clone();
    assert_eq!(read["State"], "ACTIVE");
    assert_eq!(read["Name"], "names");
    assert_eq!(read["Content"], CONTENT);
    assert_eq!(read["LanguageCode"], "en-US");
    assert_eq!(read["Tags"], json!({"team": "a"}));
    let tags = format!("/tags/{}", encoded(&arn));
    account.ok(Method::POST, &tags, json!({"tags": {"team": "b"}}));
    let read = account.ok(Method::GET, &one, Value::Null)["Vocabulary"].clone();
    assert_eq!(read["Tags"], json!({"team": "b"}));
    let remove = format!("/vocabulary-remove/{instance}/{id}");
    let deleted = account.ok(Method::POST, &remove, Value::Null);
    assert_eq!(deleted["State"], "DELETE_IN_PROGRESS");
    assert_eq!(
        account.refused(Method::GET, &one, Value::Null),
        error(404, "ResourceNotFoundException")
    );
}

/// API reference, CreateVocabulary: the errors for a taken name and for too many; the number is this
/// account's.
#[test]
fn names_of_vocabularies_are_unique_and_their_number_is_limited() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/vocabulary/{instance}");
    for number in 0..100 {
        account.ok(
            Method::POST,
            &path,
            vocabulary(&format!("v{number}"), "en-US"),
        );
    }
    assert_eq!(
        account.refused(Method::POST, &path, vocabulary("v0", "ja-JP")),
        error(409, "ResourceConflictException")
    );
    assert_eq!(
        account.refused(Method::POST, &path, vocabulary("v100", "en-US")),
        error(402, "ServiceQuotaExceededException")
    );
}

#[test]
fn a_repeated_client_token_creates_one_vocabulary() {
    let account = Account::new();
    let (one, _) = account.instance("one");
    let (other, _) = account.instance("other");
    let mut body = vocabulary("names", "en-US");
    body["ClientToken"] = "t".into();
    let create = |instance: &str, body: &Value| {
        let path = format!("/vocabulary/{instance}");
        account.send(Method::POST, &path, body.clone())
    };
    let (_, _, first) = create(&one, &body);
    let (status, _, again) = create(&one, &body);
    assert_eq!(status, 200);
    assert_eq!(first["VocabularyId"], again["VocabularyId"]);
    let (status, _, elsewhere) = create(&other, &body);
    assert_eq!(status, 200);
    assert_ne!(first["VocabularyId"], elsewhere["VocabularyId"]);
    body["VocabularyName"] = "others".into();
    let (status, code, _) = create(&one, &body);
    assert_eq!(
        (status.as_u16(), code),
        error(400, "InvalidRequestException")
    );
}

#[test]
fn vocabularies_are_searched_by_name_language_and_state() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    for (name, language) in [
        ("names", "en-US"),
        ("names-ja", "ja-JP"),
        ("towns", "ja-JP"),
    ] {
        let path = format!("/vocabulary/{instance}");
        account.ok(Method::POST, &path, vocabulary(name, language));
    }
    let found = |search: Value| {
        let path = format!("/vocabulary-summary/{instance}");
        let found = account.ok(Method::POST, &path, search);
        let found = found["VocabularySummaryList"].as_array().unwrap().clone();
        let names = found.iter().map(|one| text(&one["Name"]));
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        found(json!({"NameStartsWith": "names"})),
        ["names", "names-ja"]
    );
    assert_eq!(
        found(json!({"LanguageCode": "ja-JP", "State": "ACTIVE"})),
        ["names-ja", "towns"]
    );
    assert_eq!(
        found(json!({"State": "CREATION_FAILED"})),
        Vec::<String>::new()
    );
}

/// API reference: a language has at most one default vocabulary, AssociateDefaultVocabulary without an
/// id removes it, and DeleteVocabulary has the error ResourceInUseException.
#[test]
fn a_language_has_a_default_vocabulary() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let create = |name: &str| {
        let path = format!("/vocabulary/{instance}");
        let created = account.ok(Method::POST, &path, vocabulary(name, "en-US"));
        text(&created["VocabularyId"])
    };
    let (first, second) = (create("first"), create("second"));
    let defaults = || {
        let path = format!("/default-vocabulary-summary/{instance}");
        let listed = account.ok(Method::POST, &path, json!({"LanguageCode": "en-US"}));
        listed["DefaultVocabularyList"].clone()
    };
    let path = format!("/default-vocabulary/{instance}/en-US");
    for (id, name) in [(&first, "first"), (&second, "second")] {
        account.ok(Method::PUT, &path, json!({"VocabularyId": id}));
        assert_eq!(
            defaults(),
            json!([{"InstanceId": instance, "LanguageCode": "en-US", "VocabularyId": id,
                    "VocabularyName": name}])
        );
    }
    let remove = |id: &str| {
        let path = format!("/vocabulary-remove/{instance}/{id}");
        account.send(Method::POST, &path, Value::Null)
    };
    let (status, code, _) = remove(&second);
    assert_eq!(
        (status.as_u16(), code),
        error(409, "ResourceInUseException")
    );
    assert_eq!(remove(&first).0, 200);
    let japanese = format!("/default-vocabulary/{instance}/ja-JP");
    assert_eq!(
        account.refused(Method::PUT, &japanese, json!({"VocabularyId": second})),
        error(400, "InvalidRequestException")
    );
    account.ok(Method::PUT, &path, json!({}));
    assert_eq!(defaults(), json!([]));
    assert_eq!(remove(&second).0, 200);
}
