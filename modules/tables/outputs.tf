output "attempts_table_arn" {
  description = "ARN of the attempts table; null when there is none."
  value       = var.attempts == null ? null : aws_dynamodb_table.this["attempts"].arn
}

output "attempts_table_name" {
  description = "Name of the attempts table; null when there is none."
  value       = var.attempts == null ? null : aws_dynamodb_table.this["attempts"].name
}

output "benefits_table_arn" {
  description = "ARN of the benefits table."
  value       = var.benefits.create ? aws_dynamodb_table.this["benefits"].arn : "${local.arn_prefix}/${var.benefits.name}"
}

output "benefits_table_name" {
  description = "Name of the benefits table."
  value       = var.benefits.create ? aws_dynamodb_table.this["benefits"].name : var.benefits.name
}

output "member_table_arn" {
  description = "ARN of the member table."
  value       = var.members.create ? aws_dynamodb_table.this["members"].arn : "${local.arn_prefix}/${var.members.name}"
}

output "member_table_name" {
  description = "Name of the member table."
  value       = var.members.create ? aws_dynamodb_table.this["members"].name : var.members.name
}
