variable "attempts_table_name" {
  description = "Name of the table in which the function keeps wrong PINs and messages. Null makes none."
  type        = string
  default     = null
}

variable "benefits_table_name" {
  description = "Name of the table that maps `pinCode` to `campaignUrl`."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the tables."
  type        = bool
  default     = false
  nullable    = false
}

variable "member_table_name" {
  description = "Name of the table that maps `phone` to `id`."
  type        = string
  nullable    = false
}

variable "point_in_time_recovery" {
  description = "Whether the tables can be restored to any second of the last 35 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags for the tables."
  type        = map(string)
  default     = {}
  nullable    = false
}
