# The module that stacks use. It only passes values on: each directory below modules/ does one job.

locals {
  # The retention periods that CloudWatch Logs accepts; 0 keeps lines forever.
  log_retention_days = [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

  # The shipped voices, message and texts by language. Inputs are validated against them.
  shipped = {
    for name in fileset("${path.module}/flows/texts", "*.json") :
    trimsuffix(name, ".json") => jsondecode(file("${path.module}/flows/texts/${name}"))
  }

  # The first digits of numbers by the ISO code of their country, for every country that Amazon Connect
  # has a code for. Where several countries share a calling code, a country with a range of its own has
  # that range; `+1` of CA and US therefore includes the Caribbean.
  # Source: the metadata of libphonenumber 9.0, which follow the ITU's list.
  calling_codes = jsondecode(file("${path.module}/modules/connect/calling_codes.json"))

  # The contract's tables belong to the line of the default name; every other line has its own.
  table_prefix = var.name == "campaign-line" ? "campaign" : replace(var.name, "-", "_")
  table_names = {
    attempts = coalesce(var.tables.attempts_table_name, "${local.table_prefix}_attempts_table")
    benefits = coalesce(var.tables.benefits_table_name, "${local.table_prefix}_benefits_table")
    members  = coalesce(var.tables.member_table_name, "${local.table_prefix}_member_table")
  }

  # The function's code: the user's own package, whose architecture lambda_package names, or a zip that
  # is bundled in dist.
  has_own_package    = var.lambda_package.path != null || var.lambda_package.s3 != null || var.lambda_package.image != null
  bundled_zips       = { for architecture in ["x86_64", "arm64"] : architecture => "${path.module}/dist/connect-pin-sms-${architecture}.zip" }
  only_arm64         = !fileexists(local.bundled_zips.x86_64) && fileexists(local.bundled_zips.arm64)
  architecture       = coalesce(var.lambda_package.architecture, var.function.architecture, local.only_arm64 ? "arm64" : "x86_64")
  other_architecture = local.architecture == "x86_64" ? "arm64" : "x86_64"
  missing_package_hint = (
    local.has_own_package ? "build it, or correct lambda_package.path"
    : fileexists(local.bundled_zips[local.other_architecture]) ? "the module bundles the function for ${local.other_architecture} only; leave function.architecture out to run that, or, in a checkout, build the other one with `cargo run -- package --architecture ${local.architecture}`"
    : "a release of this module bundles it; in a checkout build it with `cargo run -- package`, or set lambda_package to a package of your own"
  )

  # End User Messaging sends from the number, or from the sender id when there is no number. A
  # validation requires one of them.
  sms_origins = var.sms.origination_number != null ? ["phone-number/*"] : [for id in var.sms.sender_id[*] : "sender-id/${id}/*"]

  # Messages go to numbers of the line's own country by default. The country of an existing number is
  # the one with the longest calling code that the number begins with.
  existing_number = var.phone_number.existing == null ? null : var.phone_number.existing.number
  matching_codes = reverse(sort([
    for code in toset(flatten(values(local.calling_codes))) :
    code if local.existing_number == null ? false : startswith(local.existing_number, code)
  ]))
  country_prefixes = tolist(
    length(local.matching_codes) == 0
    ? lookup(local.calling_codes, var.phone_number.country_code, [])
    : [for codes in values(local.calling_codes) : codes if contains(codes, local.matching_codes[0])][0]
  )
  sms_prefixes = coalesce(var.sms.country_prefixes, local.country_prefixes)

  # In Japan only mobile numbers receive messages: 060, 070, 080 and 090, but not 0800, which is
  # toll-free. In other countries a number does not show whether it is a mobile.
  mobile_patterns = [
    for prefix in local.sms_prefixes :
    startswith(prefix, "+81") ? "\\+81[6-9]0[1-9]\\d{7}" : "\\${prefix}\\d*"
  ]
  mobile_pattern = anytrue([for prefix in local.sms_prefixes : startswith(prefix, "+81")]) ? join("|", distinct(local.mobile_patterns)) : ""

  # The numbers that messages may go to. Never null, so that a number that the stack has yet to create
  # leaves these two unknown at plan, and nothing else.
  destinations = {
    SMS_COUNTRY_PREFIXES = join(",", local.sms_prefixes)
    SMS_MOBILE_PATTERN   = var.sms.mobile_pattern == null ? local.mobile_pattern : var.sms.mobile_pattern
  }

  # The message of each language: the line's own text for that language, else its text for all
  # languages, else the shipped one. The line end that closes a heredoc is removed, and Windows line
  # ends are replaced.
  shipped_sms  = { for language, shipped in local.shipped : language => try(shipped.sms, null) }
  sms_template = var.sms.template == null ? null : chomp(replace(var.sms.template, "\r\n", "\n"))
  sms_templates = merge(
    local.sms_template == null ? { for language, text in local.shipped_sms : language => text if text != null } : {},
    { for language, text in var.sms.templates : language => chomp(replace(text, "\r\n", "\n")) },
  )
  sms_texts = { for language in var.languages : language => local.sms_templates[language] if contains(keys(local.sms_templates), language) }

  # Customer managed keys are objects: the presence of a key must be known at plan, its ARN need not be.
  tables_kms_key = try(var.kms_key.tables, false) ? { arn = var.kms_key.arn } : null
  logs_kms_key   = try(var.kms_key.logs, false) ? { arn = var.kms_key.arn } : null

  # The key that PINs and numbers are hashed with. Optional for plain PINs. A key that the stack has yet
  # to create leaves the role's policy and the function's environment unknown at plan, and nothing else.
  pepper = (
    var.pin.key_mode == "hmac" ? { kms_key_arn = var.pin.pepper.kms_key_arn }
    : var.pin.pepper.kms_key_arn == null ? null
    : { kms_key_arn = var.pin.pepper.kms_key_arn }
  )
  pepper_environment = local.pepper == null ? {} : { PIN_PEPPER_KMS_KEY_ID = local.pepper.kms_key_arn }

  # The monthly limit that the alarms on spending watch. The account's SMS preferences limit SNS only.
  sns_spend_limit_usd = var.sms_preferences == null || var.sms.backend != "sns" ? null : var.sms_preferences.monthly_spend_limit
  sms_spend_limit_usd = var.alarms.sms_spend_limit_usd == null ? local.sns_spend_limit_usd : var.alarms.sms_spend_limit_usd

  environment = {
    ATTEMPTS_PER_DAY       = var.guessing.wrong_pins_per_caller_per_day
    ATTEMPTS_PER_HOUR      = var.guessing.wrong_pins_per_caller_per_hour
    ATTEMPTS_TABLE_NAME    = module.tables.attempts_table_name
    BENEFITS_KEY_ATTRIBUTE = var.tables.benefits_key_attribute == "pinCode" ? null : var.tables.benefits_key_attribute
    BENEFITS_TABLE_NAME    = module.tables.benefits_table_name
    MEMBER_KEY_ATTRIBUTE   = var.tables.member_key_attribute == "phone" ? null : var.tables.member_key_attribute
    MEMBER_TABLE_NAME      = module.tables.member_table_name
    PIN_KEY_MODE           = var.pin.key_mode
    PIN_MIN_LENGTH         = var.pin.min_length
    SMS_BACKEND            = var.sms.backend
    SMS_MAX_PRICE          = var.sms.max_price
    SMS_ORIGINATION_NUMBER = var.sms.origination_number
    SMS_PER_DAY            = var.sms.per_member_per_day
    SMS_SENDER_ID          = var.sms.sender_id
    SMS_TEMPLATE           = local.sms_template == null ? lookup(local.sms_texts, var.languages[0], null) : local.sms_template
    SMS_TEMPLATES          = length(local.sms_texts) == 0 ? null : jsonencode(local.sms_texts)
    SMS_TYPE               = var.sms.type
    UNKNOWN_CALLER         = var.unknown_caller
    URL_HOSTS              = length(var.sms.url_hosts) == 0 ? null : join(",", var.sms.url_hosts)
    WRONG_PINS_PER_HOUR    = var.guessing.wrong_pins_per_hour
  }
}

module "tables" {
  source = "./modules/tables"

  attempts                = var.guessing.enabled ? { name = local.table_names.attempts } : null
  deletion_protection     = var.tables.deletion_protection
  kms_key                 = local.tables_kms_key
  point_in_time_recovery  = var.tables.point_in_time_recovery
  recovery_period_in_days = var.tables.recovery_period_in_days
  tags                    = var.tags

  benefits = {
    name          = local.table_names.benefits
    key_attribute = var.tables.benefits_key_attribute
    create        = var.tables.create_benefits_table
  }
  members = {
    name          = local.table_names.members
    key_attribute = var.tables.member_key_attribute
    create        = var.tables.create_member_table
  }

  # So that protected tables stop a destroy before it has released the number.
  wait_for = module.connect.phone_number_arn
}

module "lambda" {
  source = "./modules/lambda"

  name        = var.name
  environment = merge({ for name, value in local.environment : name => tostring(value) if value != null }, local.destinations, local.pepper_environment)
  pepper      = local.pepper
  tags        = var.tags

  function = {
    architecture             = local.architecture
    memory_size              = var.function.memory_size
    timeout                  = var.function.timeout
    code_signing_config_arn  = var.function.code_signing_config_arn
    permissions_boundary_arn = var.function.permissions_boundary_arn
    reserved_concurrency     = var.function.reserved_concurrency
    tracing                  = var.function.tracing
    vpc                      = var.function.vpc
  }

  log = {
    level             = var.function.log_level
    retention_in_days = var.function.log_retention_in_days
    existing_group    = var.function.existing_log_group
    kms_key_arn       = try(local.logs_kms_key.arn, null)
  }

  package = {
    path                 = local.has_own_package ? var.lambda_package.path : local.bundled_zips[local.architecture]
    s3                   = var.lambda_package.s3
    image                = var.lambda_package.image
    missing_package_hint = local.missing_package_hint
  }

  sms = {
    backend = var.sms.backend
    origins = local.sms_origins
  }

  tables = {
    members_arn  = module.tables.member_table_arn
    benefits_arn = module.tables.benefits_table_arn
    attempts_arn = module.tables.attempts_table_arn
    kms_key      = local.tables_kms_key
  }
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

  existing_instance      = var.existing_instance
  flow_content           = module.flow.content
  function_arn           = module.lambda.function_arn
  function_name          = module.lambda.function_name
  instance_alias         = var.instance_alias
  name                   = var.name
  outbound_calls_enabled = var.outbound_calls_enabled
  phone_number           = var.phone_number
  tags                   = var.tags

  # A new role takes some time to be known in all of AWS, and an instance takes a minute to create. This
  # refers to one output of the module `sms`, since that module as a whole waits for the number.
  wait_for = try(module.sms[0].delivery_role_arn, null)

  flow_log = {
    create_log_group  = var.flow_logs.create_log_group
    kms_key_arn       = try(local.logs_kms_key.arn, null)
    retention_in_days = var.flow_logs.retention_in_days
  }
}

module "monitoring" {
  source = "./modules/monitoring"

  attempts_table_name     = module.tables.attempts_table_name
  benefits_table_name     = module.tables.benefits_table_name
  contact_flow_name       = var.name
  dashboard_enabled       = var.dashboard.enabled
  function_log_group_name = module.lambda.log_group_name
  function_name           = var.name
  instance_id             = module.connect.instance_id
  name                    = var.name
  phone_number            = module.connect.phone_number
  sms_backend             = var.sms.backend
  sms_spend_limit_usd     = local.sms_spend_limit_usd
  tags                    = var.tags

  create_sms_service_linked_role   = var.sms.create_service_linked_role
  failed_deliveries_log_group_name = try(one(module.sms[*].delivery_log_group_names).failed, null)

  alarms = {
    enabled    = var.alarms.enabled
    excluded   = var.alarms.except
    topic_arns = var.alarms.topic_arn[*]

    duration_ms              = var.alarms.duration_ms
    errors                   = var.alarms.errors
    faults_per_hour          = var.alarms.faults_per_hour
    locks_per_hour           = var.alarms.locks_per_hour
    sms_failures_per_hour    = var.alarms.sms_failures_per_hour
    throttles                = var.alarms.throttles
    unguarded_tries_per_hour = var.alarms.unguarded_tries_per_hour
    undelivered_per_hour     = var.alarms.undelivered_per_hour
    wrong_pins_per_hour      = coalesce(var.alarms.wrong_pins_per_hour, var.guessing.wrong_pins_per_hour / 2)
  }
}

module "sms" {
  source = "./modules/sms"
  count  = var.sms_preferences == null ? 0 : 1

  default_sender_id                     = var.sms_preferences.default_sender_id
  default_sms_type                      = var.sms_preferences.default_sms_type
  delivery_status_iam_role_arn          = var.sms_preferences.delivery_status_iam_role_arn
  delivery_status_success_sampling_rate = var.sms_preferences.delivery_status_success_sampling_rate
  monthly_spend_limit                   = var.sms_preferences.monthly_spend_limit
  tags                                  = var.tags
  usage_report_s3_bucket                = var.sms_preferences.usage_report_s3_bucket

  # By then the role, which is created before the instance, is known in all of AWS.
  wait_for = module.connect.phone_number_arn

  delivery_logs = var.sms_preferences.delivery_logs == null ? null : {
    kms_key_arn              = try(local.logs_kms_key.arn, null)
    permissions_boundary_arn = var.function.permissions_boundary_arn
    retention_in_days        = var.sms_preferences.delivery_logs.retention_in_days
    role_name                = var.sms_preferences.delivery_logs.role_name
    success_sampling_rate    = var.sms_preferences.delivery_logs.success_sampling_rate
  }
}
