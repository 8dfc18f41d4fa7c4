import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";

const tables = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const sms = new SNSClient({});

const { MEMBER_TABLE_NAME, BENEFITS_TABLE_NAME } = process.env;

export async function handler(event) {
  const { cmd, pinCode } = event.Details.Parameters;
  const caller = event.Details.ContactData.CustomerEndpoint.Address;
  switch (cmd) {
    case "getMemberId":
      return await getMemberId(caller);
    case "sendSms":
      return await sendSms(caller, pinCode);
    default:
      throw new Error("command not found.");
  }
}

async function getMemberId(phone) {
  const { Item } = await tables.send(
    new GetCommand({ TableName: MEMBER_TABLE_NAME, Key: { phone } }),
  );
  return { memberId: Item ? Item.id : "-1" };
}

async function sendSms(phone, pinCode) {
  const { Item } = await tables.send(
    new GetCommand({ TableName: BENEFITS_TABLE_NAME, Key: { pinCode } }),
  );
  if (!Item) {
    return { result: "Failed" };
  }
  await sms.send(
    new PublishCommand({
      PhoneNumber: phone,
      Message: `キャンペーンページ ${Item.campaignUrl}`,
      MessageAttributes: {
        "AWS.SNS.SMS.SMSType": { DataType: "String", StringValue: "Promotional" },
      },
    }),
  );
  return { result: "Success" };
}
