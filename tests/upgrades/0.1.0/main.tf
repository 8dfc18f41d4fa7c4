# The module people instantiate. It only wires: each directory below modules/ does one job.

locals {
  # What CloudWatch Logs accepts; 0 keeps lines for ever.
  log_retention_days = [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

  environment = {
    ATTEMPTS_PER_DAY         = var.guessing.wrong_pins_per_caller_per_day
    ATTEMPTS_PER_HOUR        = var.guessing.wrong_pins_per_caller_per_hour
    ATTEMPTS_TABLE_NAME      = module.tables.attempts_table_name
    BENEFITS_TABLE_NAME      = module.tables.benefits_table_name
    MEMBER_TABLE_NAME        = module.tables.member_table_name
    PIN_KEY_MODE             = var.pin.key_mode
    PIN_MIN_LENGTH           = var.pin.min_length
    PIN_PEPPER_KMS_KEY_ID    = var.pin.pepper.kms_key_arn
    PIN_PEPPER_SSM_PARAMETER = var.pin.pepper.ssm_parameter_name
    SMS_BACKEND              = var.sms.backend
    SMS_COUNTRY_PREFIXES     = join(",", var.sms.country_prefixes)
    SMS_MAX_PRICE            = var.sms.max_price
    SMS_MOBILE_PATTERN       = var.sms.mobile_pattern
    SMS_ORIGINATION_NUMBER   = var.sms.origination_number
    SMS_PER_DAY              = var.sms.per_member_per_day
    SMS_SENDER_ID            = var.sms.sender_id
    SMS_TEMPLATE             = var.sms.template
    SMS_TEMPLATES            = length(var.sms.templates) == 0 ? null : jsonencode(var.sms.templates)
    SMS_TYPE                 = var.sms.type
    UNKNOWN_CALLER           = var.unknown_caller
    URL_HOSTS                = length(var.sms.url_hosts) == 0 ? null : join(",", var.sms.url_hosts)
    WRONG_PINS_PER_HOUR      = var.guessing.wrong_pins_per_hour
  }
}

module "tables" {
  source = "./modules/tables"

  attempts_table_name    = var.guessing.enabled ? var.tables.attempts_table_name : null
  benefits_table_name    = var.tables.benefits_table_name
  deletion_protection    = var.tables.deletion_protection
  member_table_name      = var.tables.member_table_name
  point_in_time_recovery = var.tables.point_in_time_recovery
  tags                   = var.tags
}

module "lambda" {
  source = "./modules/lambda"

  architecture          = var.function.architecture
  attempts_table_arn    = module.tables.attempts_table_arn
  benefits_table_arn    = module.tables.benefits_table_arn
  environment           = { for name, value in local.environment : name => tostring(value) if value != null }
  log_level             = var.function.log_level
  log_retention_in_days = var.function.log_retention_in_days
  member_table_arn      = module.tables.member_table_arn
  memory_size           = var.function.memory_size
  name                  = var.name
  package_path          = coalesce(var.lambda_package.path, "${path.module}/dist/connect-pin-sms.zip")
  pepper                = var.pin.pepper
  sms_backend           = var.sms.backend
  tags                  = var.tags
  timeout               = var.function.timeout
}

module "flow" {
  source = "./modules/flow"

  fallbacks      = var.fallbacks
  function_arn   = module.lambda.function_arn
  languages      = var.languages
  pin            = var.pin
  texts          = var.texts
  tries_per_call = var.guessing.tries_per_call
  voices         = var.voices
}

module "connect" {
  source = "./modules/connect"

  flow_content               = module.flow.content
  flow_log_retention_in_days = var.flow_logs.retention_in_days
  function_arn               = module.lambda.function_arn
  function_name              = module.lambda.function_name
  instance_alias             = var.instance_alias
  name                       = var.name
  outbound_calls_enabled     = var.outbound_calls_enabled
  phone_number               = var.phone_number
  tags                       = var.tags
}

module "sms" {
  source = "./modules/sms"
  count  = var.sms_preferences == null ? 0 : 1

  default_sender_id                     = var.sms_preferences.default_sender_id
  default_sms_type                      = var.sms_preferences.default_sms_type
  delivery_status_iam_role_arn          = var.sms_preferences.delivery_status_iam_role_arn
  delivery_status_success_sampling_rate = var.sms_preferences.delivery_status_success_sampling_rate
  monthly_spend_limit                   = var.sms_preferences.monthly_spend_limit
  usage_report_s3_bucket                = var.sms_preferences.usage_report_s3_bucket
}
