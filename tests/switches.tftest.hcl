# Plans show what each switch adds and removes. Other tests show the effects with real calls.

mock_provider "aws" {
  source = "./mocks"
}

variables {
  instance_alias = "example-campaign"
  lambda_package = { path = "tests/fixtures/any.zip", architecture = "x86_64" }
}

run "has_the_tables_of_the_contract_by_default" {
  command = plan

  assert {
    condition     = output.member_table_name == "campaign_member_table" && output.benefits_table_name == "campaign_benefits_table" && output.attempts_table_name == "campaign_attempts_table"
    error_message = "A line with the default name must have the tables of the contract."
  }
}

run "names_everything_after_the_line" {
  command = plan

  variables {
    name = "spring-line"
  }

  assert {
    condition     = output.member_table_name == "spring_line_member_table" && output.benefits_table_name == "spring_line_benefits_table" && output.attempts_table_name == "spring_line_attempts_table"
    error_message = "The tables must be named after the line, so that two lines do not share them."
  }

  assert {
    condition     = output.function_name == "spring-line" && output.function_log_group_name == "/aws/lambda/spring-line" && output.dashboard_name == "spring-line-ap-northeast-1"
    error_message = "Function, log group and dashboard must be named after the line, so that two lines do not share them."
  }
}

run "accepts_the_name_campaign_if_no_table_is_named_after_it" {
  command = plan

  variables {
    name     = "campaign"
    guessing = { enabled = false }
    tables   = { member_table_name = "members", benefits_table_name = "benefits" }
  }

  assert {
    condition     = output.member_table_name == "members" && output.benefits_table_name == "benefits"
    error_message = "The tables must have the stated names."
  }
}

run "keeps_stated_names_of_tables" {
  command = plan

  variables {
    name   = "spring-line"
    tables = { member_table_name = "campaign_member_table" }
  }

  assert {
    condition     = output.member_table_name == "campaign_member_table"
    error_message = "A stated name of a table must override the line's."
  }
}

run "counts_nothing_when_guessing_is_off" {
  command = plan

  variables {
    guessing = { enabled = false }
  }

  assert {
    condition     = output.attempts_table_name == null
    error_message = "Without protection there must be no attempts table."
  }
}

run "watches_the_line_by_default" {
  command = plan

  assert {
    condition     = toset(keys(output.alarm_arns)) == toset(["duration", "errors", "faults", "locks", "sms_failures", "throttles", "unguarded_tries", "wrong_pins"])
    error_message = "The alarms must be those that are documented."
  }
}

run "watches_the_spending_if_the_limit_is_known" {
  command = plan

  variables {
    sms_preferences = { monthly_spend_limit = 10 }
  }

  assert {
    condition     = length(setintersection(keys(output.alarm_arns), ["sms_spend_50", "sms_spend_80"])) == 2
    error_message = "With a spend limit there must be alarms at 50 and 80 percent of it."
  }
}

run "watches_what_the_sender_has_spent" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    alarms                  = { duration_ms = 1, errors = 1, faults_per_hour = 1, locks_per_hour = 1, sms_failures_per_hour = 1, throttles = 1, unguarded_tries_per_hour = 1, wrong_pins_per_hour = 1 }
    benefits_table_name     = "campaigns"
    contact_flow_name       = "line"
    function_log_group_name = "/aws/lambda/line"
    function_name           = "line"
    instance_id             = "12345678-1234-1234-1234-123456789012"
    name                    = "line"
    sms_backend             = "end_user_messaging"
    sms_spend_limit_usd     = 10
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["sms_spend_80"].namespace == "AWS/SMSVoice" && aws_cloudwatch_metric_alarm.metric["sms_spend_80"].metric_name == "TextMessageMonthlySpend" && aws_cloudwatch_metric_alarm.metric["sms_spend_80"].threshold == 8
    error_message = "The alarm must watch the spending of End User Messaging, not of SNS."
  }

  # Without its service-linked role, End User Messaging publishes no metric, so missing data is not OK.
  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["sms_spend_80"].treat_missing_data == "ignore" && aws_cloudwatch_metric_alarm.metric["errors"].treat_missing_data == "notBreaching"
    error_message = "Missing data must not count as OK in the alarm on spending, and must in the others."
  }

  assert {
    condition     = length(aws_iam_service_linked_role.sms_voice) == 0
    error_message = "The service-linked role must be created on request only, because the account may have it."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "in its row of the table `campaigns`")
    error_message = "The dashboard must say that redemptions are counted in the campaign's row."
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.metric), "undelivered")
    error_message = "The alarm on deliveries must be created on request only."
  }
}

run "creates_the_role_that_measures_on_request" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    alarms                         = { duration_ms = 1, errors = 1, faults_per_hour = 1, locks_per_hour = 1, sms_failures_per_hour = 1, throttles = 1, unguarded_tries_per_hour = 1, wrong_pins_per_hour = 1 }
    attempts_table_name            = "attempts"
    benefits_table_name            = "campaigns"
    contact_flow_name              = "line"
    create_sms_service_linked_role = true
    function_log_group_name        = "/aws/lambda/line"
    function_name                  = "line"
    instance_id                    = "12345678-1234-1234-1234-123456789012"
    name                           = "line"
    sms_backend                    = "end_user_messaging"
  }

  assert {
    condition     = aws_iam_service_linked_role.sms_voice[0].aws_service_name == "sms-voice.amazonaws.com"
    error_message = "The service-linked role must be created, or End User Messaging publishes no metric."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "in the table `attempts`, in `redeemed` of the item `REDEEMED#`")
    error_message = "The dashboard must say where the attempts table counts redemptions."
  }
}

run "does_not_apply_the_limit_of_sns_to_another_sender" {
  command = plan

  variables {
    sms             = { backend = "end_user_messaging", sender_id = "Campaign1" }
    sms_preferences = { monthly_spend_limit = 10 }
  }

  assert {
    condition     = length(setintersection(keys(output.alarm_arns), ["sms_spend_50", "sms_spend_80"])) == 0
    error_message = "There must be no alarms on spending, because SNS's limit does not apply to End User Messaging."
  }
}

run "watches_deliveries_on_request" {
  command = plan

  variables {
    alarms          = { undelivered_per_hour = 5 }
    sms_preferences = { delivery_logs = {} }
  }

  assert {
    condition     = contains(keys(output.alarm_arns), "undelivered")
    error_message = "There must be an alarm on messages that are not delivered."
  }
}

run "omits_disabled_parts" {
  command = plan

  variables {
    alarms    = { enabled = false }
    dashboard = { enabled = false }
  }

  assert {
    condition     = length(output.alarm_arns) == 0 && output.dashboard_name == null
    error_message = "Disabled alarms and a disabled dashboard must not be created."
  }
}

run "omits_an_alarm_by_name" {
  command = plan

  variables {
    alarms = { except = ["duration"] }
  }

  assert {
    condition     = !contains(keys(output.alarm_arns), "duration") && contains(keys(output.alarm_arns), "errors")
    error_message = "The excepted alarm must be omitted, and no other."
  }
}

run "uses_an_existing_instance_and_number" {
  command = plan

  variables {
    instance_alias    = null
    existing_instance = { id = "12345678-1234-1234-1234-123456789012" }
    phone_number      = { existing = { id = "87654321-4321-4321-4321-210987654321", number = "+815012345678" } }
  }

  assert {
    condition     = output.instance_arn == "arn:aws:connect:ap-northeast-1:123456789012:instance/12345678-1234-1234-1234-123456789012"
    error_message = "The ARN must be that of the existing instance."
  }

  assert {
    condition     = output.phone_number == "+815012345678" && output.phone_number_arn == "arn:aws:connect:ap-northeast-1:123456789012:phone-number/87654321-4321-4321-4321-210987654321"
    error_message = "The number must be the existing one."
  }

  assert {
    condition     = output.flow_log_group_name == null
    error_message = "The log group of an existing instance must not be guessed."
  }
}

run "writes_to_an_existing_log_group" {
  command = plan

  variables {
    function = { existing_log_group = { name = "/company/line" } }
  }

  assert {
    condition     = output.function_log_group_name == "/company/line"
    error_message = "The function must write to the existing log group."
  }
}
