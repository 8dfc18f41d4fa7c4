output "alarm_arns" {
  description = "ARNs of the alarms by short name, such as `errors` or `wrong_pins`; empty without `alarms.enabled`."
  value       = module.monitoring.alarm_arns
}

output "attempts_table_name" {
  description = "Name of the table in which the function records wrong PINs and messages; null when `guessing.enabled` is false."
  value       = module.tables.attempts_table_name
}

output "benefits_table_name" {
  description = "Name of the table of campaigns, which maps `pinCode` to `campaignUrl`; load your campaigns into it."
  value       = module.tables.benefits_table_name
}

output "contact_flow_arn" {
  description = "ARN of the contact flow that answers the number."
  value       = module.connect.contact_flow_arn
}

output "contact_flow_id" {
  description = "Id of the contact flow within the instance."
  value       = module.connect.contact_flow_id
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard; null without `dashboard.enabled`."
  value       = module.monitoring.dashboard_name
}

output "flow_log_group_name" {
  description = "Log group of the flow, with a line for each block that a call passes; null with `existing_instance`, whose alias names it."
  value       = module.connect.flow_log_group_name
}

output "function_arn" {
  description = "ARN of the function."
  value       = module.lambda.function_arn
}

output "function_log_group_name" {
  description = "Log group of the function."
  value       = module.lambda.log_group_name
}

output "function_name" {
  description = "Name of the function."
  value       = module.lambda.function_name
}

output "function_role_arn" {
  description = "ARN of the function's role."
  value       = module.lambda.role_arn
}

output "function_role_name" {
  description = "Name of the function's role, for attaching further policies."
  value       = module.lambda.role_name
}

output "instance_arn" {
  description = "ARN of the Amazon Connect instance."
  value       = module.connect.instance_arn
}

output "instance_id" {
  description = "Id of the Amazon Connect instance."
  value       = module.connect.instance_id
}

output "member_table_name" {
  description = "Name of the table of members, which maps `phone` to `id`; load your members into it."
  value       = module.tables.member_table_name
}

output "phone_number" {
  description = "Phone number of the line, E.164; null for an existing number whose `number` was not given."
  value       = module.connect.phone_number
}

output "phone_number_arn" {
  description = "ARN of the phone number."
  value       = module.connect.phone_number_arn
}

output "sms_delivery_log_group_names" {
  description = "Names of the log groups of `delivered` and `failed` messages; null without `sms_preferences.delivery_logs`."
  value       = one(module.sms[*].delivery_log_group_names)
}
