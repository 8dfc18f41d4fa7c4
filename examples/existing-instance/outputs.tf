output "benefits_table_name" {
  description = "Name of the table of campaigns, which the module creates."
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
  description = "Existing log group of the function."
  value       = module.line.function_log_group_name
}

output "function_name" {
  description = "Name of the function."
  value       = module.line.function_name
}

output "instance_id" {
  description = "Id of the existing instance."
  value       = module.line.instance_id
}

output "member_table_name" {
  description = "Name of the existing table of customers."
  value       = module.line.member_table_name
}

output "phone_number" {
  description = "Phone number of the line."
  value       = module.line.phone_number
}
