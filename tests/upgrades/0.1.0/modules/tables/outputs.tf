output "attempts_table_arn" {
  description = "ARN of the attempts table; null when there is none."
  value       = one(aws_dynamodb_table.attempts[*].arn)
}

output "attempts_table_name" {
  description = "Name of the attempts table; null when there is none."
  value       = one(aws_dynamodb_table.attempts[*].name)
}

output "benefits_table_arn" {
  description = "ARN of the benefits table."
  value       = aws_dynamodb_table.benefits.arn
}

output "benefits_table_name" {
  description = "Name of the benefits table."
  value       = aws_dynamodb_table.benefits.name
}

output "member_table_arn" {
  description = "ARN of the member table."
  value       = aws_dynamodb_table.members.arn
}

output "member_table_name" {
  description = "Name of the member table."
  value       = aws_dynamodb_table.members.name
}
