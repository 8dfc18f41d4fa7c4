output "attempts_table_name" {
  description = "Name of the table in which the function records wrong PINs and messages."
  value       = module.line.attempts_table_name
}

output "benefits_table_name" {
  description = "Name of the table of campaigns, which maps `pinCode` to `campaignUrl`."
  value       = module.line.benefits_table_name
}

output "contact_flow_id" {
  description = "Id of the contact flow within the instance."
  value       = module.line.contact_flow_id
}

output "flow_log_group_name" {
  description = "Log group of the flow."
  value       = module.line.flow_log_group_name
}

output "function_log_group_name" {
  description = "Log group of the function."
  value       = module.line.function_log_group_name
}

output "function_name" {
  description = "Name of the function."
  value       = module.line.function_name
}

output "instance_id" {
  description = "Id of the Amazon Connect instance."
  value       = module.line.instance_id
}

output "member_table_name" {
  description = "Name of the table of members, which maps `phone` to `id`."
  value       = module.line.member_table_name
}

output "phone_number" {
  description = "Phone number of the line."
  value       = module.line.phone_number
}
