/** The commonest passwords of ten and more characters: what guessing tries first. Lower case. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `1234567890 12345678910 123456789a 1234567891 0123456789 0987654321 9876543210 1111111111 0000000000 1122334455
  1234512345 123123123123 123456123456 121212121212 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc q1w2e3r4t5 qwertyuiop
  qwertyuiop123 qwerty12345 qwerty123456 qwerty1234 qwertyqwerty asdfghjkl; asdfghjkl1 asdfasdfasdf zxcvbnm123
  abcdefghij abcdefghijk abcdefg123 abcd123456 abc1234567 aaaaaaaaaa a123456789 aa12345678 a1b2c3d4e5 password12
  password123 password1234 password12345 password01 password11 password!! passw0rd123 p@ssw0rd123 p@ssword123
  passwordpassword mypassword mypassword1 mypassword123 newpassword newpassword1 changeme123 changemenow
  letmein123 letmein1234 welcome123 welcome1234 welcome2024 welcome2025 welcome2026 administrator admin12345
  admin123456 adminadmin adminadmin1 administrator1 rootroot123 testtest123 test123456 test1234567 iloveyou12
  iloveyou123 iloveyou2 iloveyouso sunshine12 sunshine123 princess12 princess123 football12 football123
  baseball12 baseball123 basketball superman123 spiderman12 dragon12345 monkey12345 shadow12345 master12345
  michael123 charlie123 jennifer12 liverpool1 manchester manchester1 chelsea123 arsenal123 barcelona1
  computer12 computer123 internet12 internet123 whatever12 whatever123 trustno1trustno1 starwars12 starwars123
  pokemon123 minecraft1 minecraft123 summer2024 summer2025 summer2026 winter2024 winter2025 winter2026
  spring2026 autumn2026 january2026 secret1234 secretsecret correcthorse correcthorsebatterystaple
  agentgateway agentgateway1 agentgateway123`.split(/\s+/),
);
