variable "architecture" {
  description = "`x86_64` or `arm64`."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Environment variables of the function."
  type        = map(string)
  nullable    = false
}

variable "log_level" {
  description = "Least severe level that the function logs."
  type        = string
  nullable    = false
}

variable "log_retention_in_days" {
  description = "Days that the function's log is kept."
  type        = number
  nullable    = false
}

variable "memory_size" {
  description = "MB."
  type        = number
  nullable    = false
}

variable "name" {
  description = "Name of the function; also the stem of its role's name."
  type        = string
  nullable    = false
}

variable "package_path" {
  description = "The function's zip on the machine that runs Terraform."
  type        = string
  nullable    = false
}

variable "readable_table_arns" {
  description = "Tables that the function reads."
  type        = list(string)
  nullable    = false
}

variable "tags" {
  description = "Tags for the function, its role and its log group."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "timeout" {
  description = "Seconds after which Lambda stops an invocation."
  type        = number
  nullable    = false
}
