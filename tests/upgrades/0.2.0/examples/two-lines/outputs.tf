output "benefits_table_names" {
  description = "Tables of campaigns, by line."
  value       = { for key, line in module.line : key => line.benefits_table_name }
}

output "function_names" {
  description = "Functions, by line."
  value       = { for key, line in module.line : key => line.function_name }
}

output "instance_id" {
  description = "The instance that both share."
  value       = aws_connect_instance.shared.id
}

output "member_table_name" {
  description = "Table of members, which both share."
  value       = aws_dynamodb_table.members.name
}

output "phone_numbers" {
  description = "The numbers to dial, by line."
  value       = { for key, line in module.line : key => line.phone_number }
}
