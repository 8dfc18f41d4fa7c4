output "benefits_table_name" {
  description = "Table of campaigns, made by the line."
  value       = module.line.benefits_table_name
}

output "contact_flow_id" {
  description = "Id of the line's flow."
  value       = module.line.contact_flow_id
}

output "flow_log_group_name" {
  description = "Log group of the instance."
  value       = "/aws/connect/${aws_connect_instance.existing.instance_alias}"
}

output "function_log_group_name" {
  description = "Log group of the function, which was there already."
  value       = module.line.function_log_group_name
}

output "function_name" {
  description = "The function."
  value       = module.line.function_name
}

output "instance_id" {
  description = "The instance that was there already."
  value       = module.line.instance_id
}

output "member_table_name" {
  description = "Table of customers, which was there already."
  value       = module.line.member_table_name
}

output "phone_number" {
  description = "The number to dial."
  value       = module.line.phone_number
}
