# Resources that have had another address. Lines applied before keep what they have.

moved {
  from = aws_dynamodb_table.members
  to   = aws_dynamodb_table.members[0]
}

moved {
  from = aws_dynamodb_table.benefits
  to   = aws_dynamodb_table.benefits[0]
}
