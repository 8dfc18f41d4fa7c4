# What a switch adds and takes away, seen in plans. What the parts do is shown by real calls elsewhere.

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
    error_message = "The line of the default name has other tables."
  }
}

run "names_everything_after_the_line" {
  command = plan

  variables {
    name = "spring-line"
  }

  assert {
    condition     = output.member_table_name == "spring_line_member_table" && output.benefits_table_name == "spring_line_benefits_table" && output.attempts_table_name == "spring_line_attempts_table"
    error_message = "Two lines would share tables."
  }

  assert {
    condition     = output.function_name == "spring-line" && output.function_log_group_name == "/aws/lambda/spring-line" && output.dashboard_name == "spring-line-ap-northeast-1"
    error_message = "Two lines would share a function, its log or the dashboard."
  }
}

run "takes_the_name_campaign_where_no_table_is_named_after_it" {
  command = plan

  variables {
    name     = "campaign"
    guessing = { enabled = false }
    tables   = { member_table_name = "members", benefits_table_name = "benefits" }
  }

  assert {
    condition     = output.member_table_name == "members" && output.benefits_table_name == "benefits"
    error_message = "The tables are not those that were named."
  }
}

run "keeps_names_of_tables_that_are_said" {
  command = plan

  variables {
    name   = "spring-line"
    tables = { member_table_name = "campaign_member_table" }
  }

  assert {
    condition     = output.member_table_name == "campaign_member_table"
    error_message = "A table's own name gives way to that of the line."
  }
}

run "counts_nothing_when_guessing_is_off" {
  command = plan

  variables {
    guessing = { enabled = false }
  }

  assert {
    condition     = output.attempts_table_name == null
    error_message = "There is an attempts table that nothing writes to."
  }
}

run "watches_the_line_by_default" {
  command = plan

  assert {
    condition     = toset(keys(output.alarm_arns)) == toset(["duration", "errors", "faults", "locks", "sms_failures", "throttles", "unguarded_tries", "wrong_pins"])
    error_message = "Alarms are missing, or more than documented."
  }
}

run "watches_the_spending_where_the_limit_is_known" {
  command = plan

  variables {
    sms_preferences = { monthly_spend_limit = 10 }
  }

  assert {
    condition     = length(setintersection(keys(output.alarm_arns), ["sms_spend_50", "sms_spend_80"])) == 2
    error_message = "Nobody is told that SMS come to their limit."
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
    error_message = "The alarm watches what SNS has spent, which sends nothing here."
  }

  # Without its service-linked role End User Messaging measures nothing, and that is not good news.
  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["sms_spend_80"].treat_missing_data == "ignore" && aws_cloudwatch_metric_alarm.metric["errors"].treat_missing_data == "notBreaching"
    error_message = "The alarm says that all is well where nothing is measured."
  }

  assert {
    condition     = length(aws_iam_service_linked_role.sms_voice) == 0
    error_message = "A role that the account may have already is made."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "in its row of the table `campaigns`")
    error_message = "The dashboard does not say where redemptions are counted without an attempts table."
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.metric), "undelivered")
    error_message = "An alarm that nobody asked for is there."
  }
}

run "makes_the_role_that_measures_where_it_is_asked_to" {
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
    error_message = "End User Messaging would measure nothing."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "in the table `attempts`, in `redeemed` of the item `REDEEMED#`")
    error_message = "The dashboard does not say where the attempts table counts redemptions."
  }
}

run "does_not_take_the_limit_of_sns_for_that_of_another_sender" {
  command = plan

  variables {
    sms             = { backend = "end_user_messaging", sender_id = "Campaign1" }
    sms_preferences = { monthly_spend_limit = 10 }
  }

  assert {
    condition     = length(setintersection(keys(output.alarm_arns), ["sms_spend_50", "sms_spend_80"])) == 0
    error_message = "The limit of SNS does not hold for End User Messaging."
  }
}

run "watches_deliveries_where_it_is_asked_to" {
  command = plan

  variables {
    alarms          = { undelivered_per_hour = 5 }
    sms_preferences = { delivery_logs = {} }
  }

  assert {
    condition     = contains(keys(output.alarm_arns), "undelivered")
    error_message = "Nobody is told of messages that do not arrive."
  }
}

run "leaves_out_what_is_switched_off" {
  command = plan

  variables {
    alarms    = { enabled = false }
    dashboard = { enabled = false }
  }

  assert {
    condition     = length(output.alarm_arns) == 0 && output.dashboard_name == null
    error_message = "Alarms or dashboard are there although they are switched off."
  }
}

run "leaves_out_an_alarm_by_name" {
  command = plan

  variables {
    alarms = { except = ["duration"] }
  }

  assert {
    condition     = !contains(keys(output.alarm_arns), "duration") && contains(keys(output.alarm_arns), "errors")
    error_message = "The alarm is there although it is left out, or another is gone."
  }
}

run "uses_an_instance_and_a_number_that_are_there" {
  command = plan

  variables {
    instance_alias    = null
    existing_instance = { id = "12345678-1234-1234-1234-123456789012" }
    phone_number      = { existing = { id = "87654321-4321-4321-4321-210987654321", number = "+815012345678" } }
  }

  assert {
    condition     = output.instance_arn == "arn:aws:connect:ap-northeast-1:123456789012:instance/12345678-1234-1234-1234-123456789012"
    error_message = "The ARN of the instance is wrong."
  }

  assert {
    condition     = output.phone_number == "+815012345678" && output.phone_number_arn == "arn:aws:connect:ap-northeast-1:123456789012:phone-number/87654321-4321-4321-4321-210987654321"
    error_message = "The number is not the one that was brought."
  }

  assert {
    condition     = output.flow_log_group_name == null
    error_message = "The log group of somebody else's instance is guessed."
  }
}

run "writes_to_a_log_group_that_is_there" {
  command = plan

  variables {
    function = { existing_log_group = { name = "/company/line" } }
  }

  assert {
    condition     = output.function_log_group_name == "/company/line"
    error_message = "The function writes elsewhere."
  }
}
