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
  value       = var.benefits.create ? one(aws_dynamodb_table.benefits[*].arn) : "${local.arn_prefix}/${var.benefits.name}"
}

output "benefits_table_name" {
  description = "Name of the benefits table."
  value       = var.benefits.create ? one(aws_dynamodb_table.benefits[*].name) : var.benefits.name
}

output "member_table_arn" {
  description = "ARN of the member table."
  value       = var.members.create ? one(aws_dynamodb_table.members[*].arn) : "${local.arn_prefix}/${var.members.name}"
}

output "member_table_name" {
  description = "Name of the member table."
  value       = var.members.create ? one(aws_dynamodb_table.members[*].name) : var.members.name
}
