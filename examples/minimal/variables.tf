variable "instance_alias" {
  description = "Alias of the Amazon Connect instance; must be free in all of AWS."
  type        = string
  default     = "campaign-line-minimal"
  nullable    = false
}
