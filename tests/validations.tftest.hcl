# Values that cannot work are refused at plan, before any request to AWS.

mock_provider "aws" {
  source = "./mocks"
}

variables {
  instance_alias = "example-campaign"
  lambda_package = { path = "tests/fixtures/any.zip", architecture = "x86_64" }
}

run "rejects_a_line_without_an_instance" {
  command = plan

  variables {
    instance_alias = null
  }

  expect_failures = [var.instance_alias]
}

run "rejects_a_new_and_an_existing_instance" {
  command = plan

  variables {
    existing_instance = { id = "12345678-1234-1234-1234-123456789012" }
  }

  expect_failures = [var.instance_alias]
}

run "rejects_the_arn_of_an_instance_instead_of_its_id" {
  command = plan

  variables {
    instance_alias    = null
    existing_instance = { id = "arn:aws:connect:ap-northeast-1:123456789012:instance/12345678-1234-1234-1234-123456789012" }
  }

  expect_failures = [var.existing_instance]
}

run "rejects_two_packages" {
  command = plan

  variables {
    lambda_package = { path = "x.zip", s3 = { bucket = "b", key = "k" }, architecture = "x86_64" }
  }

  expect_failures = [var.lambda_package]
}

run "rejects_an_image_of_another_registry" {
  command = plan

  variables {
    lambda_package = { image = { uri = "docker.io/library/line:1" }, architecture = "x86_64" }
  }

  expect_failures = [var.lambda_package]
}

run "rejects_a_package_without_an_architecture" {
  command = plan

  variables {
    lambda_package = { path = "tests/fixtures/any.zip" }
  }

  expect_failures = [var.lambda_package]
}

run "rejects_different_architectures_of_package_and_function" {
  command = plan

  variables {
    function       = { architecture = "x86_64" }
    lambda_package = { path = "tests/fixtures/any.zip", architecture = "arm64" }
  }

  expect_failures = [var.lambda_package]
}

run "rejects_an_architecture_without_a_package" {
  command = plan

  variables {
    lambda_package = { architecture = "arm64" }
  }

  expect_failures = [var.lambda_package]
}

run "rejects_an_unknown_architecture_of_a_package" {
  command = plan

  variables {
    lambda_package = { path = "tests/fixtures/any.zip", architecture = "riscv64" }
  }

  expect_failures = [var.lambda_package]
}

run "rejects_the_name_campaign_whose_tables_are_those_of_the_default_line" {
  command = plan

  variables {
    name = "campaign"
  }

  expect_failures = [var.tables]
}

run "rejects_the_name_campaign_if_one_table_is_named_after_it" {
  command = plan

  variables {
    name   = "campaign"
    tables = { member_table_name = "members", benefits_table_name = "benefits" }
  }

  expect_failures = [var.tables]
}

run "rejects_code_signing_of_an_image" {
  command = plan

  variables {
    lambda_package = { image = { uri = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/line:1" }, architecture = "x86_64" }
    function       = { code_signing_config_arn = "arn:aws:lambda:ap-northeast-1:123456789012:code-signing-config:csc-0123456789abcdef0" }
  }

  expect_failures = [var.lambda_package]
}

run "rejects_a_reserved_concurrency_of_zero" {
  command = plan

  variables {
    function = { reserved_concurrency = 0 }
  }

  expect_failures = [var.function]
}

run "rejects_an_unknown_architecture_of_the_function" {
  command = plan

  variables {
    function = { architecture = "riscv" }
  }

  expect_failures = [var.function]
}

run "rejects_an_existing_table_without_its_name" {
  command = plan

  variables {
    tables = { create_member_table = false }
  }

  expect_failures = [var.tables]
}

run "rejects_two_tables_of_the_same_name" {
  command = plan

  variables {
    tables = { member_table_name = "campaign_benefits_table" }
  }

  expect_failures = [var.tables]
}

run "rejects_a_recovery_period_that_dynamodb_does_not_have" {
  command = plan

  variables {
    tables = { recovery_period_in_days = 36 }
  }

  expect_failures = [var.tables]
}

run "rejects_the_alias_of_a_key" {
  command = plan

  variables {
    kms_key = { arn = "arn:aws:kms:ap-northeast-1:123456789012:alias/line" }
  }

  expect_failures = [var.kms_key]
}

run "rejects_a_fallback_with_two_targets" {
  command = plan

  variables {
    fallbacks = { locked = { queue_arn = "arn:aws:connect:ap-northeast-1:123456789012:instance/i/queue/q", flow_arn = "arn:aws:connect:ap-northeast-1:123456789012:instance/i/contact-flow/f" } }
  }

  expect_failures = [var.fallbacks]
}

run "rejects_a_fallback_without_a_target" {
  command = plan

  variables {
    fallbacks = { locked = {} }
  }

  expect_failures = [var.fallbacks]
}

run "rejects_the_arn_of_a_queue_instead_of_a_flow" {
  command = plan

  variables {
    fallbacks = { trouble = { flow_arn = "arn:aws:connect:ap-northeast-1:123456789012:instance/i/queue/q" } }
  }

  expect_failures = [var.fallbacks]
}

run "rejects_a_phone_number_without_outbound_calls" {
  command = plan

  variables {
    fallbacks = { trouble = { phone_number = "+81312345678" } }
  }

  expect_failures = [var.fallbacks]
}

run "rejects_details_of_an_existing_number" {
  command = plan

  variables {
    phone_number = { prefix = "+8150", existing = { id = "n" } }
  }

  expect_failures = [var.phone_number]
}

run "rejects_a_negative_threshold" {
  command = plan

  variables {
    alarms = { errors = -1 }
  }

  expect_failures = [var.alarms]
}

run "rejects_an_alarm_on_deliveries_without_their_logs" {
  command = plan

  variables {
    alarms          = { undelivered_per_hour = 0 }
    sms_preferences = { monthly_spend_limit = 1 }
  }

  expect_failures = [var.alarms]
}

run "rejects_the_name_of_a_topic_instead_of_its_arn" {
  command = plan

  variables {
    alarms = { topic_arn = "alarms" }
  }

  expect_failures = [var.alarms]
}

run "rejects_two_ways_to_log_deliveries" {
  command = plan

  variables {
    sms_preferences = { delivery_logs = {}, delivery_status_iam_role_arn = "arn:aws:iam::123456789012:role/r" }
  }

  expect_failures = [var.sms_preferences]
}

run "rejects_a_retention_that_cloudwatch_does_not_have" {
  command = plan

  variables {
    flow_logs = { retention_in_days = 2 }
  }

  expect_failures = [var.flow_logs]
}

run "rejects_a_timeout_longer_than_connect_waits" {
  command = plan

  variables {
    function = { timeout = 8 }
  }

  expect_failures = [var.function]
}

run "rejects_text_without_the_placeholder_of_the_url" {
  command = plan

  variables {
    sms = { template = "no place" }
  }

  expect_failures = [var.sms]
}

run "rejects_a_timeout_too_short_for_a_message" {
  command = plan

  variables {
    function = { timeout = 3 }
  }

  expect_failures = [var.function]
}

run "rejects_an_alias_of_one_letter" {
  command = plan

  variables {
    instance_alias = "a"
  }

  expect_failures = [var.instance_alias]
}

run "rejects_text_that_phones_treat_as_a_part_of_the_link" {
  command = plan

  variables {
    sms = { template = "{url}をご覧下さい" }
  }

  expect_failures = [var.sms]
}

run "rejects_end_user_messaging_without_an_origin" {
  command = plan

  variables {
    sms = { backend = "end_user_messaging" }
  }

  expect_failures = [var.sms]
}

run "rejects_a_country_that_amazon_connect_does_not_know" {
  command = plan

  variables {
    phone_number = { country_code = "UK" }
  }

  expect_failures = [var.phone_number]
}

run "rejects_text_of_more_than_three_parts" {
  command = plan

  variables {
    sms = { template = join("", concat(["{url} "], [for n in range(102) : "あ"])) }
  }

  expect_failures = [var.sms]
}

run "rejects_hmac_without_a_pepper" {
  command = plan

  variables {
    pin = { key_mode = "hmac" }
  }

  expect_failures = [var.pin]
}

run "rejects_a_pepper_in_the_parameter_store" {
  command = plan

  variables {
    pin = { pepper = { ssm_parameter_name = "/line/pepper" } }
  }

  expect_failures = [var.pin]
}

run "rejects_a_language_without_texts" {
  command = plan

  variables {
    languages = ["fr"]
  }

  expect_failures = [var.languages]
}

run "rejects_an_unknown_alarm" {
  command = plan

  variables {
    alarms = { except = ["error"] }
  }

  expect_failures = [var.alarms]
}

run "rejects_a_key_attribute_that_rows_use_for_something_else" {
  command = plan

  variables {
    tables = { member_key_attribute = "id" }
  }

  expect_failures = [var.tables]
}

run "rejects_a_key_attribute_longer_than_dynamodb_accepts" {
  command = plan

  variables {
    tables = { benefits_key_attribute = join("", [for n in range(86) : "電"]) }
  }

  expect_failures = [var.tables]
}
