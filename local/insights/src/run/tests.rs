use super::*;

const START_MS: i64 = 1_556_661_521_000;

/// Runs a query over lines, one each minute; returns the fields of each result but for `@ptr`.
fn run(query: &str, lines: &[&str]) -> Vec<String> {
    run_in("123456789012:g", query, lines)
}

fn run_in(group: &str, query: &str, lines: &[&str]) -> Vec<String> {
    let query = Query::parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let mut run = query.run(None, START_MS);
    for (number, line) in lines.iter().enumerate() {
        let event = Event {
            timestamp_ms: START_MS + number as i64 * 60_000,
            ingested_ms: START_MS,
            message: line,
            stream: "stream",
            group,
        };
        run.add(&event, || number.to_string()).unwrap();
    }
    let results = run.finish().unwrap();
    let shown = |row: &Vec<(Arc<str>, Arc<str>)>| {
        let fields = row.iter().filter(|(name, _)| **name != *"@ptr");
        let fields: Vec<String> = fields
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        fields.join(" ")
    };
    results.rows.iter().map(shown).collect()
}

/// Returns the value of an expression.
fn value(expression: &str) -> String {
    let found = run(
        &format!("fields {expression} as v"),
        &[r#"{"a":"","b":" ","n":7}"#],
    );
    found[0].strip_prefix("v=").unwrap_or("-").to_owned()
}

/// Without `sort`, `dedup` has a "default descending sort order using @timestamp":
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html>. Without
/// `fields`, "the results show the @timestamp and all log data in the @message field":
/// <https://github.com/awsdocs/amazon-cloudwatch-logs-user-guide>, CWL_QuerySyntax.md.
#[test]
fn events_are_shown_latest_first_with_time_and_message() {
    assert_eq!(
        run("filter ispresent(@message)", &["one", "two"]),
        [
            "@timestamp=2019-04-30 21:59:41.000 @message=two",
            "@timestamp=2019-04-30 21:58:41.000 @message=one",
        ]
    );
    let query = Query::parse("fields @message").unwrap();
    let mut run = query.run(Some(1), 0);
    for n in 0..3_000 {
        let message = n.to_string();
        let event = Event {
            timestamp_ms: 0,
            ingested_ms: 0,
            message: &message,
            stream: "s",
            group: "g",
        };
        run.add(&event, || format!("p{n}")).unwrap();
    }
    let results = run.finish().unwrap();
    assert_eq!(results.matched, 3_000);
    let row: Vec<(&str, &str)> = results.rows[0].iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(row, [("@message", "2999"), ("@ptr", "p2999")]);
}

#[test]
fn fields_lists_fields_and_computes_others() {
    let line = r#"{"f1":3,"f2":10,"foo-bar":"x","nested":{"a":[{"b":"c"}]}}"#;
    for (query, expected) in [
        // CWL_QuerySyntax.md: the absolute value of the difference of two fields.
        ("fields `foo-bar`, abs(f1-f2)", "foo-bar=x abs(f1-f2)=7"),
        (
            "fields abs(f1 - f2) as d, f2 | fields d * 2 as e",
            "d=7 f2=10 e=14",
        ),
        ("fields nested.a.0.b, missing", "nested.a.0.b=c"),
        ("fields f1 | display f2", "f2=10"),
        ("fields f1 | display f2 | display f1 as last", "last=3"),
        (
            "fields @log, @logStream, @ingestionTime",
            "@log=123456789012:g @logStream=stream \
          @ingestionTime=2019-04-30 21:58:41.000",
        ),
    ] {
        assert_eq!(run(query, &[line]), [expected], "{query}");
    }
}

/// The arithmetic of
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html>.
#[test]
fn operators_and_functions_have_the_documented_results() {
    for (expression, expected) in [
        ("2 ^ 3", "8"),
        ("10 % 3", "1"),
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("-n", "-7"),
        ("abs(-2)", "2"),
        ("ceil(1.2)", "2"),
        ("floor(1.8)", "1"),
        ("greatest(1, 3, 2)", "3"),
        ("least(3, 1, 2)", "1"),
        ("log(1)", "0"),
        ("sqrt(16)", "4"),
        ("1 / 0", "-"),
        ("ispresent(n)", "1"),
        ("ispresent(nothing)", "0"),
        ("coalesce(nothing, n)", "7"),
        ("if(ispresent(nothing), nothing, \"unknown\")", "unknown"),
        ("isempty(nothing)", "1"),
        ("isempty(a)", "1"),
        ("isempty(b)", "0"),
        ("isblank(b)", "1"),
        ("concat(\"x\", n, \"z\")", "x7z"),
        ("ltrim(\"xyZxyfooxyZ\",\"xyZ\")", "fooxyZ"),
        ("rtrim(\"xyZfooxyxyZ\",\"xyZ\")", "xyZfoo"),
        ("trim(\"xyZxyfooxyxyZ\",\"xyZ\")", "foo"),
        ("trim(\"  foo \")", "foo"),
        ("strlen(\"暗証番号\")", "4"),
        ("toupper(\"a\")", "A"),
        ("tolower(\"A\")", "a"),
        ("substr(\"xyZfooxyZ\",3)", "fooxyZ"),
        ("substr(\"xyZfooxyZ\",3,3)", "foo"),
        ("replace(\"foo\",\"o\",\"0\")", "f00"),
        ("strcontains(\"foo\", \"o\")", "1"),
        ("strcontains(\"foo\", \"O\")", "0"),
        ("fromMillis(1556661521001)", "2019-04-30 21:58:41.001"),
        ("toMillis(@timestamp)", "1556661521000"),
        ("now()", "1556661521"),
        ("bin(1h)", "2019-04-30 21:00:00.000"),
        ("datefloor(@timestamp, 1h)", "2019-04-30 21:00:00.000"),
        ("dateceil(@timestamp, 1h)", "2019-04-30 22:00:00.000"),
        ("isValidIp(\"::1\")", "1"),
        ("isValidIpv4(\"::1\")", "0"),
        ("isValidIpv6(\"::1\")", "1"),
        ("isIpInSubnet(\"192.0.2.7\", \"192.0.2.0/24\")", "1"),
        ("isIpv4InSubnet(\"192.0.3.7\", \"192.0.2.0/24\")", "0"),
        ("isIpv6InSubnet(\"fe80::1\", \"fe80::/10\")", "1"),
        ("isIpInSubnet(\"192.0.3.7\", \"0.0.0.0/0\")", "1"),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html>
#[test]
fn filter_keeps_the_events_that_match() {
    let lines = [
        r#"{"n":1,"f1":"Exception","on":true}"#,
        r#"{"n":2,"f1":"an exception","on":false}"#,
        r#"{"n":10,"code":"404"}"#,
    ];
    for (condition, expected) in [
        ("n = 1", vec!["1"]),
        ("n != 1", vec!["10", "2"]),
        ("n < 10", vec!["2", "1"]),
        ("n <= 2", vec!["2", "1"]),
        ("n > 2", vec!["10"]),
        ("n >= 2", vec!["10", "2"]),
        ("n > 1 and n < 10", vec!["2"]),
        ("n = 1 or n = 10 and code = 404", vec!["10", "1"]),
        ("not (n = 1 or n = 10)", vec!["2"]),
        ("not ispresent(f1)", vec!["10"]),
        ("n in [1, \"10\", 3]", vec!["10", "1"]),
        ("n not in [1, 3]", vec!["10", "2"]),
        // Sub-strings and expressions regard letter case.
        ("f1 like \"Exception\"", vec!["1"]),
        ("f1 like 'exception'", vec!["2"]),
        ("f1 like /Exception/", vec!["1"]),
        ("f1 =~ /^(?i)Exception$/", vec!["1"]),
        ("f1 =~ /(?i)Exception/", vec!["2", "1"]),
        ("f1 not like /(?i)Exception/", vec!["10"]),
        ("code like /4\\d\\d/", vec!["10"]),
        // AWS's samples filter JSON's booleans by 1.
        ("on = 1", vec!["1"]),
        ("on = true", vec!["1"]),
        ("n + 1 = 3", vec!["2"]),
        ("missing < 5", vec![]),
    ] {
        let found = run(&format!("fields n | filter {condition}"), &lines);
        let found: Vec<&str> = found.iter().map(|row| &row["n=".len()..]).collect();
        assert_eq!(found, expected, "{condition}");
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html>
#[test]
fn stats_aggregates_by_groups() {
    let lines = [
        r#"{"f1":1,"f2":"a"}"#,
        r#"{"f1":3,"f2":"a"}"#,
        r#"{"f1":"x","f2":"b"}"#,
        r#"{"f1":5}"#,
    ];
    for (query, expected) in [
        ("stats count(*)", vec!["count(*)=4"]),
        (
            "stats count(f2), count_distinct(f2)",
            vec!["count(f2)=3 count_distinct(f2)=2"],
        ),
        ("stats sum(f1) as s, avg(f1) as a", vec!["s=9 a=3"]),
        (
            "stats avg (f1) by f2",
            vec!["avg (f1)=5", "f2=b", "f2=a avg (f1)=2"],
        ),
        ("stats min(f1), max(f1)", vec!["min(f1)=x max(f1)=5"]),
        ("stats earliest(f1) as e, latest(f1) as l", vec!["e=1 l=5"]),
        (
            "stats sortsFirst(f2) as first, sortsLast(f2) as last",
            vec!["first=a last=b"],
        ),
        ("stats pct(f1, 50) as m, pct(f1, 100) as p", vec!["m=3 p=5"]),
        // Both definitions of the standard deviation agree on equal values.
        ("filter f1 = 3 | stats stddev(f1)", vec!["stddev(f1)=0"]),
        (
            "stats max(f1) as top, top * 2 as twice by f2 | filter twice = 6",
            vec!["f2=a top=3 twice=6"],
        ),
        (
            "stats count(*) by bin(2m) as t | sort t",
            vec![
                "t=2019-04-30 21:58:00.000 count(*)=2",
                "t=2019-04-30 22:00:00.000 count(*)=2",
            ],
        ),
        (
            "stats count(*) as n by f2 | stats sum(n) as all, count(*) as groups",
            vec!["all=4 groups=3"],
        ),
        (
            "stats count(*) as n by f2 | sort n desc, f2 asc | limit 1",
            vec!["f2=a n=2"],
        ),
        (
            "stats count(*) by f2 | sort `count(*)` desc | limit 1",
            vec!["f2=a count(*)=2"],
        ),
        ("filter f2 = 'none' | stats count(*)", vec![]),
        // The service returns milliseconds, recorded as 1780503582214.
        ("stats earliest(@timestamp) as e", vec!["e=1556661521000"]),
    ] {
        assert_eq!(run(query, &lines), expected, "{query}");
    }
}

/// The sample query of
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html>: "Determine
/// the amount of overprovisioned memory".
#[test]
fn stats_of_lambdas_memory() {
    let line = "REPORT RequestId: 8f507cfc-1234-4697-b07a-ac58fc914c95\tDuration: 2 ms\t\
                Billed Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t";
    let query = "filter @type = \"REPORT\"
        | stats max(@memorySize / 1000 / 1000) as provisonedMemoryMB,
            max(@maxMemoryUsed / 1000 / 1000) as maxMemoryUsedMB,
            provisonedMemoryMB - maxMemoryUsedMB as overProvisionedMB";
    assert_eq!(
        run_in("123456789012:/aws/lambda/f", query, &["START", line]),
        ["provisonedMemoryMB=128 maxMemoryUsedMB=36 overProvisionedMB=92"]
    );
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html>
#[test]
fn sort_orders_by_several_fields() {
    let lines = [
        r#"{"a":2,"b":"x"}"#,
        r#"{"a":10,"b":"x"}"#,
        r#"{"a":1,"b":"y"}"#,
        "{}",
    ];
    for (query, expected) in [
        ("fields a | sort a", vec!["", "a=1", "a=2", "a=10"]),
        ("fields a | sort a desc", vec!["a=10", "a=2", "a=1", ""]),
        (
            "fields a | sort b desc, a asc",
            vec!["a=1", "a=2", "a=10", ""],
        ),
        ("fields a | sort a desc | limit 2", vec!["a=10", "a=2"]),
        // A limit selects the latest events, and what follows gets those.
        ("fields a | limit 2 | filter ispresent(a)", vec!["a=1"]),
        ("fields a | sort @timestamp asc | limit 1", vec!["a=2"]),
    ] {
        assert_eq!(run(query, &lines), expected, "{query}");
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html>: only the
/// first result in the sort order is kept, by default the latest; null values are no duplicates.
#[test]
fn dedup_keeps_the_first_of_each_combination() {
    let lines = [
        r#"{"server":"a","n":1}"#,
        r#"{"server":"b","n":2}"#,
        r#"{"server":"a","n":3}"#,
        r#"{"n":4}"#,
        r#"{"n":5}"#,
    ];
    for (query, expected) in [
        ("fields n | dedup server", vec!["n=5", "n=4", "n=3", "n=2"]),
        (
            "fields n | sort n asc | dedup server",
            vec!["n=1", "n=2", "n=4", "n=5"],
        ),
        ("fields n | dedup server, n | limit 2", vec!["n=5", "n=4"]),
    ] {
        assert_eq!(run(query, &lines), expected, "{query}");
    }
}

/// The pattern and the line of
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html>: "If a log event
/// doesn't match the specified pattern, you still see it in the results, but without the extracted
/// fields."
#[test]
fn parse_extracts_fields() {
    let lines = [
        "20190103 user=john, method:GET, latency := 10.5 and more",
        "no match",
        "{'fieldsA': 'logs', 'fieldsB': [{'fA': 'a1'}, {'fA': 'a2'}]}",
    ];
    let glob = "parse @message \"user=*, method:*, latency := *\" as @user, @method, @latency";
    assert_eq!(
        run(
            &format!("fields strlen(@message) as l | {glob}"),
            &lines[..2]
        ),
        ["l=8", "l=56 @user=john @method=GET @latency=10.5 and more"]
    );
    let regex = "parse @message /user=(?<user2>.*?), method:(?<method2>.*?), latency := \
                 (?<latency2>[0-9.]+)/";
    for (rest, expected) in [
        (" | display user2", vec!["", "", "user2=john"]),
        (
            " | filter latency2 > 10 | stats avg(latency2) by method2, user2",
            vec!["method2=GET user2=john avg(latency2)=10.5"],
        ),
    ] {
        assert_eq!(run(&format!("{regex}{rest}"), &lines), expected, "{rest}");
    }
    let nested = "parse @message \"'fieldsA': '*', 'fieldsB': ['*']\" as fld, array | display fld";
    assert_eq!(
        run(
            nested,
            &[&lines[2].replace("[{", "['{").replace("}]", "}']")]
        ),
        ["fld=logs"]
    );
    assert_eq!(
        run(
            "parse @message \"*: *\" as a, b | display a, b",
            &["x: y: z"]
        ),
        ["a=x b=y: z"]
    );
}

/// A query cannot take much memory with texts that it doubles, or with rows.
#[test]
fn memory_is_limited() {
    let mut query = "fields concat(@message, @message) as a0".to_owned();
    for n in 0..40 {
        query.push_str(&format!(", concat(a{n}, a{n}) as a{}", n + 1));
    }
    let doubled = |query: String| {
        let mut run = Query::parse(&query).unwrap().run(None, 0);
        let event = Event {
            timestamp_ms: 0,
            ingested_ms: 0,
            message: "0123456789",
            stream: "s",
            group: "g",
        };
        run.add(&event, String::new)
    };
    assert_eq!(
        doubled(query),
        Err(OutOfMemory {
            most: 1_024 * 1_024
        })
    );
    let grown = format!(
        "fields replace(@message, \"1\", \"{}\") as a0",
        "1".repeat(2_000)
    );
    assert_eq!(doubled(grown.clone()), Ok(()));
    let grown = format!(
        "{grown} | fields replace(a0, \"1\", \"{}\") as a1",
        "1".repeat(2_000)
    );
    assert!(doubled(grown).is_err());

    let message = "x".repeat(1_000_000);
    let mut runs: Vec<Run> = ["dedup @message, @timestamp", "sort @timestamp | dedup @log"]
        .map(|query| {
            Query::parse(&format!("fields @message | {query}"))
                .unwrap()
                .run(None, 0)
        })
        .into();
    let limited = Query::parse("fields @message | sort @timestamp asc | limit 3");
    let mut limited = limited.unwrap().run(None, 0);
    let mut failed = [false; 2];
    for timestamp_ms in 0..100 {
        let event = Event {
            timestamp_ms,
            ingested_ms: 0,
            message: &message,
            stream: "s",
            group: "g",
        };
        for (run, failed) in runs.iter_mut().zip(&mut failed) {
            *failed = run.add(&event, String::new).is_err();
        }
        limited.add(&event, String::new).unwrap();
    }
    assert_eq!(failed, [true, true]);
    assert_eq!(limited.finish().unwrap().rows.len(), 3);
}
