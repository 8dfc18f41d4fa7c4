# The module people instantiate. It only wires: each directory below modules/ does one job.

locals {
  # What CloudWatch Logs accepts; 0 keeps lines for ever.
  log_retention_days = [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

  language = jsondecode(file("${path.module}/flows/texts/${var.language}.json"))
  texts    = merge(local.language.texts, { for name, text in var.texts : name => text if text != null })
  voice    = merge(local.language.voice, { for name, value in var.voice : name => value if value != null })
}

module "tables" {
  source = "./modules/tables"

  benefits_table_name    = var.tables.benefits_table_name
  deletion_protection    = var.tables.deletion_protection
  member_table_name      = var.tables.member_table_name
  point_in_time_recovery = var.tables.point_in_time_recovery
  tags                   = var.tags
}

module "lambda" {
  source = "./modules/lambda"

  architecture = var.function.architecture
  environment = merge(
    {
      BENEFITS_TABLE_NAME = module.tables.benefits_table_name
      MEMBER_TABLE_NAME   = module.tables.member_table_name
      SMS_TEMPLATE        = var.sms.template
      SMS_TYPE            = var.sms.type
    },
    var.sms.sender_id == null ? {} : { SMS_SENDER_ID = var.sms.sender_id },
  )
  log_level             = var.function.log_level
  log_retention_in_days = var.function.log_retention_in_days
  memory_size           = var.function.memory_size
  name                  = var.name
  package_path          = coalesce(var.lambda_package.path, "${path.module}/dist/connect-pin-sms.zip")
  readable_table_arns   = [module.tables.member_table_arn, module.tables.benefits_table_arn]
  tags                  = var.tags
  timeout               = var.function.timeout
}

module "connect" {
  source = "./modules/connect"

  flow_log_retention_in_days = var.flow_logs.retention_in_days
  flow_template_path         = "${path.module}/flows/pin-sms.json.tftpl"
  function_arn               = module.lambda.function_arn
  function_name              = module.lambda.function_name
  instance_alias             = var.instance_alias
  name                       = var.name
  phone_number               = var.phone_number
  pin                        = var.pin
  tags                       = var.tags
  texts                      = local.texts
  voice                      = local.voice
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
