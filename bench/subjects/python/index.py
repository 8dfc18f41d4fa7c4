import os

import boto3

dynamodb = boto3.client("dynamodb")
sns = boto3.client("sns")

MEMBERS = os.environ["MEMBER_TABLE_NAME"]
BENEFITS = os.environ["BENEFITS_TABLE_NAME"]


def handler(event, context):
    parameters = event["Details"]["Parameters"]
    caller = event["Details"]["ContactData"]["CustomerEndpoint"]["Address"]
    command = parameters.get("cmd")
    if command == "getMemberId":
        return get_member_id(caller)
    if command == "sendSms":
        return send_sms(caller, parameters["pinCode"])
    raise ValueError("command not found.")


def get_member_id(phone):
    answer = dynamodb.get_item(TableName=MEMBERS, Key={"phone": {"S": phone}})
    item = answer.get("Item")
    return {"memberId": item["id"]["S"] if item else "-1"}


def send_sms(phone, pin):
    answer = dynamodb.get_item(TableName=BENEFITS, Key={"pinCode": {"S": pin}})
    item = answer.get("Item")
    if item is None:
        return {"result": "Failed"}
    sns.publish(
        PhoneNumber=phone,
        Message=f"キャンペーンページ {item['campaignUrl']['S']}",
        MessageAttributes={
            "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Promotional"}
        },
    )
    return {"result": "Success"}
