"""Answers of a real model, as facts to test with.

Sixty answers of SmolLM2-135M-Instruct (Apache-2.0) to questions of the built-in set ``countries``
(GeoNames, CC BY 4.0), generated greedily, up to 32 tokens; a right answer stands in the first
sentence of each.
"""

from typing import NamedTuple


class KeptAnswer(NamedTuple):
    """A question, what is right, and what the model said."""

    question: str
    right_answer: str
    said: str
    aliases: tuple[str, ...] = ()


KEPT_ANSWERS = (
    KeptAnswer("Which city is Japan's capital?", "Tokyo",
               "The capital of Japan is Tokyo."),
    KeptAnswer("Which city is Indonesia's capital?", "Jakarta",
               "Indonesia's capital is Jakarta."),
    KeptAnswer("What currency is used in Switzerland?", "Franc",
               "The official currency of Switzerland is the Swiss Franc (CHF). It is a "
               "silver-denominated currency that is widely accepted across the European "
               "Union. The Swiss"),
    KeptAnswer("What continent is Bulgaria in?", "Europe",
               "Bulgaria is a sovereign state located in Eastern Europe, bordering Romania to "
               "the east, Serbia to the south, and the Black Sea to the west. It"),
    KeptAnswer("What continent is the Philippines in?", "Asia",
               "The Philippines is a sovereign and self-governing territory of the "
               "Philippines, located in Southeast Asia, specifically in Southeast Asia, "
               "specifically in Southeast Asia, and also"),
    KeptAnswer("What continent is Equatorial Guinea in?", "Africa",
               "Equatorial Guinea is a sovereign territory of the African continent, located "
               "in West Africa."),
    KeptAnswer("Which city is Croatia's capital?", "Zagreb",
               "Croatia's capital is Zagreb, the capital of Croatia."),
    KeptAnswer("What continent is Liberia in?", "Africa",
               "Lebia, also known as the West African country of Liberia, is a continent "
               "located in West Africa."),
    KeptAnswer("What currency is used in Iran?", "Rial",
               "The official currency of Iran is the Rial, which is a standardized unit of "
               "currency in Iran. It is based on the Iranian rial (AQ)"),
    KeptAnswer("What continent is Switzerland in?", "Europe",
               "Saxaco is the largest continent in Europe, covering approximately 240,000 "
               "km², and is divided into 12 countries,"),
    KeptAnswer("What currency is used in the Isle of Man?", "Pound",
               "The Isle of Man uses the British Pound Sterling (GBP) as its currency. This "
               "is a monetary system that was introduced in 197"),
    KeptAnswer("What continent is Austria in?", "Europe",
               "Austria is a sovereign state located in Central Europe, bordered by Germany "
               "to the east, and the Czech Republic to the west, and Hungary to the south."),
    KeptAnswer("Which city is Tanzania's capital?", "Dodoma",
               "Tanzania's capital is Dodoma, the capital of the Republic of the Democratic "
               "Republic of the Congo."),
    KeptAnswer("What continent is Burundi in?", "Africa",
               "In Burundi, the continent is Africa."),
    KeptAnswer("What currency is used in South Korea?", "Won",
               "South Korea uses the South Korean won (RSK) as its currency. The South Korean "
               "won is a 200-character code that is used to"),
    KeptAnswer("What currency is used in Austria?", "Euro",
               "In Austria, the currency is the Euro. It is a member of the Eurozone, which "
               "is a group of 19 European countries that use the Euro"),
    KeptAnswer("What continent is Kyrgyzstan in?", "Asia",
               "The continent that Kyrgyzstan is located in is Central Asia, specifically in "
               "the Eastern part of the Eurasian continent."),
    KeptAnswer("What continent is Moldova in?", "Europe",
               "Moldova is a landlocked country located in Eastern Europe and the Caucasus "
               "region. It is bordered by Russia to the north, Ukraine to the east, and"),
    KeptAnswer("What currency is used in Palau?", "Dollar",
               "The currency of Palau is the Arawelese Dollar (Aruba). It is a local currency "
               "that is used by the Arawelese people"),
    KeptAnswer("Which city is Turkmenistan's capital?", "Ashgabat",
               "The capital of Turkmenistan is Ashgabat."),
    KeptAnswer("What continent is Mali in?", "Africa",
               "Mali is a continent located in West Africa."),
    KeptAnswer("What currency is used in Cyprus?", "Euro",
               "The currency of Cyprus is the Euro. It is a member of the Eurozone, which is "
               "a group of 19 countries that use the Euro as their"),
    KeptAnswer("What currency is used in the Philippines?", "Peso",
               "The Philippines uses the Philippine peso (Peso). It is a local currency that "
               "is widely used in the country. The Piso is a 1"),
    KeptAnswer("Which city is Germany's capital?", "Berlin",
               "Der Königin der Bundesliga: Berlin, das einmal, der Königin der Bundesliga, "
               "die der Bund"),
    KeptAnswer("What continent is Canada in?", "North America",
               "Canada is a continent located in North America, bordered by the Arctic Ocean "
               "to the north, the Pacific Ocean to the east, and the United States to the west"),
    KeptAnswer("What continent is Turkmenistan in?", "Asia",
               "The continent that Turkmenistan is located on is Asia, specifically in the "
               "Eastern Asia region of the Indo-Pacific."),
    KeptAnswer("What continent is Estonia in?", "Europe",
               "Estonia is located in the Baltic region of Europe, specifically in the Baltic "
               "Sea."),
    KeptAnswer("Which city is Singapore's capital?", "Singapore",
               "Singapore's capital is not a physical location, but rather a city-state. "
               "Singapore is a city-state that is a part of the country of Malaysia"),
    KeptAnswer("Which city is the Comoros's capital?", "Moroni",
               "The Comoros's capital is Moroni, a city located in the Comoros archipelago in "
               "the Indian Ocean."),
    KeptAnswer("What continent is Greece in?", "Europe",
               "Greece is a continent located in the Eastern Mediterranean, specifically in "
               "the Balkan region of Europe."),
    KeptAnswer("What continent is Hong Kong in?", "Asia",
               "Hong Kong is a sovereign territory of China located in the East Asia and the "
               "Pacific region. It is bordered by the PRC (China) to the north"),
    KeptAnswer("What continent is Angola in?", "Africa",
               "Angola is a continent located in the Eastern Atlantic region of Africa."),
    KeptAnswer("What currency is used in Hong Kong?", "Dollar",
               "The currency used in Hong Kong is the Hong Kong Dollar (HKD), which is a "
               "digital currency that is currently being implemented by the Hong Kong "
               "Monetary Authority ("),
    KeptAnswer("What currency is used in Bermuda?", "Dollar",
               "The currency used in Bermuda is the Bahamian Dollar (BDA), which is a US "
               "dollar-based currency. It is also known as the Bermud"),
    KeptAnswer("What continent is France in?", "Europe",
               "France is a continent located in Western Europe, bordered by three of the "
               "continent's 12 European countries: Belgium, Luxembourg, and the French "
               "territory of T"),
    KeptAnswer("What currency is used in Finland?", "Euro",
               "Finland uses the Euro as its official currency. The Euro is the official "
               "currency of the European Union and is widely accepted across the continent. "
               "The Euro is also"),
    KeptAnswer("What currency is used in Syria?", "Pound",
               "The currency used in Syria is the Syrian pound, which is a standardized "
               "currency in the Arab world. It is a mix of the local currency, the Arab pound"),
    KeptAnswer("What continent is Bosnia and Herzegovina in?", "Europe",
               "Bosnia and Herzegovina is a continent located in Eastern Europe, specifically "
               "in the Balkan region of Europe."),
    KeptAnswer("What continent is Hungary in?", "Europe",
               "Hungary is a landlocked country located in Central Europe, bordered by the "
               "Czech Republic to the west, Austria to the east, and Serbia and Serbia to the "
               "south"),
    KeptAnswer("What continent is Vietnam in?", "Asia",
               "Vietnam is a continent located in Southeast Asia, specifically in Southeast "
               "Asia, which is also known as Southeast Asia."),
    KeptAnswer("What continent is Benin in?", "Africa",
               "Benin is a continent located in West Africa, specifically in the West African "
               "region."),
    KeptAnswer("Which city is Poland's capital?", "Warsaw",
               "Poland's capital is Warsaw."),
    KeptAnswer("Which city is Uganda's capital?", "Kampala",
               "Uganda's capital is Kampala, the capital of the Republic of the Democratic "
               "Republic of the Congo."),
    KeptAnswer("What currency is used in Sudan?", "Pound",
               "The currency used in Sudan is the Sudanese pound, also known as the SDA "
               "(Sudan Dollar). It is a highly developed currency that is widely"),
    KeptAnswer("Which city is Canada's capital?", "Ottawa",
               "The capital of Canada is Ottawa, Canada."),
    KeptAnswer("What currency is used in Jamaica?", "Dollar",
               "The currency used in Jamaica is the Jamaica Dollar (JMD). It is a digital "
               "currency that is currently being used by the country's government and is also "
               "being"),
    KeptAnswer("What continent is Albania in?", "Europe",
               "Albania is a sovereign state located in Southeastern Europe, bordering "
               "Montenegro to the north, Greece to the east, and Italy to the south."),
    KeptAnswer("What continent is Guyana in?", "South America",
               "Guyana is a continent located in South America, bordered by South America to "
               "the east, Africa to the west, and the Caribbean to the south."),
    KeptAnswer("Which city is Hungary's capital?", "Budapest",
               "Hungary's capital is Budapest, the capital of the Hungarian SSR."),
    KeptAnswer("Which city is Monaco's capital?", "Monaco",
               "Monaco's capital is Monaco, a city located in the French region of Monaco."),
    KeptAnswer("Which city is Syria's capital?", "Damascus",
               "The capital of Syria is Damascus."),
    KeptAnswer("What currency is used in Sierra Leone?", "Leone",
               "The currency used in Sierra Leone is the LIFE (Lebenakachea of Sierra Leone) "
               "and is often referred to as the \"LIF"),
    KeptAnswer("What currency is used in the Cayman Islands?", "Dollar",
               "The Cayman Islands use the US dollar as their official currency. The local "
               "currency is the Cayman Dollar, which is a digital currency that is currently "
               "being used"),
    KeptAnswer("What continent is the Central African Republic in?", "Africa",
               "The Central African Republic is a continent located in the Eastern Africa "
               "region of Africa."),
    KeptAnswer("Which city is Denmark's capital?", "Copenhagen",
               "Denmark's capital is Copenhagen, the capital of Denmark."),
    KeptAnswer("Which city is Afghanistan's capital?", "Kabul",
               "The capital of Afghanistan is Kabul, capital of the Federal Democratic "
               "Republic of Afghanistan."),
    KeptAnswer("What continent is Cameroon in?", "Africa",
               "Cameroon is a continent located in the Eastern Africa region of the continent "
               "of Africa. It is bordered by the Democratic Republic of the Congo to the "
               "north, the"),
    KeptAnswer("What continent is Lithuania in?", "Europe",
               "Lithuan is a landlocked country located in Eastern Europe."),
    KeptAnswer("What continent is Guinea in?", "Africa",
               "Guinea is a continent located in West Africa, bordered by the Ivory Coast to "
               "the east, the Gulf of Guinea to the south, and the Atlantic Ocean"),
    KeptAnswer("What continent is Uruguay in?", "South America",
               "Uruguay is located in South America, specifically in South America's western "
               "hemisphere, which is bordered by South America to the east, Africa to the "
               "west,"),
)  # fmt: skip
