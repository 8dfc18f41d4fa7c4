output "benefits_table_names" {
  description = "Names of the tables of campaigns, by line."
  value       = { for key, line in module.line : key => line.benefits_table_name }
}

output "function_names" {
  description = "Names of the functions, by line."
  value       = { for key, line in module.line : key => line.function_name }
}

output "instance_id" {
  description = "Id of the instance that both lines share."
  value       = aws_connect_instance.shared.id
}

output "member_table_name" {
  description = "Name of the table of members, which both lines share."
  value       = aws_dynamodb_table.members.name
}

output "phone_numbers" {
  description = "Phone numbers, by line."
  value       = { for key, line in module.line : key => line.phone_number }
}
