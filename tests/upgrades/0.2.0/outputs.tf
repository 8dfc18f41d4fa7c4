output "alarm_arns" {
  description = "ARNs of the alarms by short name, such as `errors` or `wrong_pins`; empty without `alarms.enabled`."
  value       = module.monitoring.alarm_arns
}

output "attempts_table_name" {
  description = "Table of wrong PINs and sent messages, kept by the function; null without `guessing.enabled`."
  value       = module.tables.attempts_table_name
}

output "benefits_table_name" {
  description = "Table that maps `pinCode` to `campaignUrl`; load your campaigns into it."
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
  description = "Log group with a line for each block that a caller passes; null with `existing_instance`, whose alias names it."
  value       = module.connect.flow_log_group_name
}

output "function_arn" {
  description = "ARN of the function behind the flow."
  value       = module.lambda.function_arn
}

output "function_log_group_name" {
  description = "Log group of the function."
  value       = module.lambda.log_group_name
}

output "function_name" {
  description = "Name of the function behind the flow."
  value       = module.lambda.function_name
}

output "function_role_arn" {
  description = "ARN of the role that the function runs as."
  value       = module.lambda.role_arn
}

output "function_role_name" {
  description = "Name of that role, to attach more to it."
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
  description = "Table that maps `phone` to `id`; load your members into it."
  value       = module.tables.member_table_name
}

output "phone_number" {
  description = "The number that callers dial, E.164; null for an existing one whose `number` was not given."
  value       = module.connect.phone_number
}

output "phone_number_arn" {
  description = "ARN of the phone number."
  value       = module.connect.phone_number_arn
}

output "sms_delivery_log_group_names" {
  description = "Log groups of `delivered` and `failed` messages; null without `sms_preferences.delivery_logs`."
  value       = one(module.sms[*].delivery_log_group_names)
}
