# ruff: noqa: E501
"""Answers labelled by hand, half of them given by a real model."""

from dataclasses import dataclass

from model_backend.api.questions import Verdict

RIGHT, WRONG = Verdict.RIGHT, Verdict.WRONG
CANNOT_TELL, NO_ANSWER = Verdict.CANNOT_TELL, Verdict.NO_ANSWER


@dataclass(frozen=True)
class Case:
    """A question, its right answer and aliases, an answer, and the label that a person gave."""

    question: str
    right: str | tuple[str, ...]
    answer: str
    label: Verdict

    @property
    def rights(self) -> tuple[str, ...]:
        return (self.right,) if isinstance(self.right, str) else self.right


def capital(country: str, right: str, answer: str, label: Verdict) -> Case:
    return Case(f"Which city is {country}'s capital?", right, answer, label)


def currency(country: str, right: str, answer: str, label: Verdict) -> Case:
    return Case(f"What currency is used in {country}?", right, answer, label)


def continent(country: str, right: str, answer: str, label: Verdict) -> Case:
    return Case(f"What continent is {country} in?", right, answer, label)


REAL = (
    # Given by SmolLM2-135M-Instruct (Apache-2.0), greedily, to questions of the set "countries".
    capital("Japan", "Tokyo", "The capital of Japan is Tokyo.", RIGHT),
    capital("Croatia", "Zagreb", "Croatia's capital is Zagreb, the capital of Croatia.", RIGHT),
    capital("Tanzania", "Dodoma", "Tanzania's capital is Dodoma, the capital of the Republic of the "
            "Democratic Republic of the Congo.", RIGHT),
    capital("the Comoros", "Moroni", "The Comoros's capital is Moroni, a city located in the Comoros "
            "archipelago in the Indian Ocean.", RIGHT),
    capital("Canada", "Ottawa", "The capital of Canada is Ottawa, Canada.", RIGHT),
    capital("Monaco", "Monaco", "Monaco's capital is Monaco, a city located in the French region of "
            "Monaco.", RIGHT),
    capital("Yemen", "Sanaa", "The capital of Yemen is Sana'a, a city located in the Arabian Peninsula, "
            "which is also home to the capital city of Daraa", RIGHT),
    capital("the Maldives", "Male", "The Maldives's capital is Malé, also known as Malacca.", RIGHT),
    capital("Germany", "Berlin", "Der Königin der Bundesliga: Berlin, das einmal, der Königin der "
            "Bundesliga, die der Bund", RIGHT),
    currency("Switzerland", "Franc", "The official currency of Switzerland is the Swiss Franc (CHF). It is "
             "a silver-denominated currency that is widely accepted", RIGHT),
    currency("South Korea", "Won", "South Korea uses the South Korean won (RSK) as its currency. The South "
             "Korean won is a 200-character code", RIGHT),
    currency("Hong Kong", "Dollar", "The currency used in Hong Kong is the Hong Kong Dollar (HKD), which is "
             "a digital currency", RIGHT),
    currency("the Philippines", "Peso", "The Philippines uses the Philippine peso (Peso). It is a local "
             "currency", RIGHT),
    currency("Sudan", "Pound", "The currency used in Sudan is the Sudanese pound, also known as the SDA "
             "(Sudan Dollar).", RIGHT),
    currency("Japan", "Yen", "Japan is a predominantly cash-based economy, with the majority of its "
             "citizens relying on the yen. The currency is the Japanese yen (JPY)", RIGHT),
    continent("Austria", "Europe", "Austria is a sovereign state located in Central Europe, bordered by "
              "Germany to the east, and the Czech Republic to the west, and Hungary to the south.", RIGHT),
    continent("Guyana", "South America", "Guyana is a continent located in South America, bordered by South "
              "America to the east, Africa to the west, and the Caribbean to the south.", RIGHT),
    continent("Sierra Leone", "Africa", "Sierra Leone is a sovereign territory of Sierra Leone, Africa.",
              RIGHT),
    continent("Liberia", "Africa", "Lebia, also known as the West African country of Liberia, is a "
              "continent located in West Africa.", RIGHT),
    continent("Moldova", "Europe", "Moldova is a landlocked country located in Eastern Europe and the "
              "Caucasus region. It is bordered by Russia to the north", RIGHT),
    capital("East Timor", "Dili", "East Timor's capital is Jakarta.", WRONG),
    capital("Switzerland", "Bern", "The capital of Switzerland is Zurich, capital of the Swiss "
            "Confederation.", WRONG),
    capital("Georgia", "Tbilisi", "Georgia's capital is Atlanta.", WRONG),
    capital("Fiji", "Suva", "Fiji's capital is Suvabu, a city located in the southern part of the Pacific "
            "Island of Vanuater.", WRONG),
    capital("Uruguay", "Montevideo", "Uruguay's capital is Sao Bernabé, a city located in the state of Sao "
            "Béu de Sao Bézá in the state of Sao Béu de Sao Bézá, which is also the capital of the", WRONG),
    currency("Djibouti", "Franc", "The currency of Djibouti is the Djibouti dollar (DJD). It is a highly "
             "developed and widely accepted currency", WRONG),
    currency("Samoa", "Tala", "The currency of Samoa is the US dollar, which is the official currency of "
             "the country.", WRONG),
    continent("Barbados", "North America", "Barb = Africa", WRONG),
    continent("Oman", "Asia", "Oman is located in the Arabian Peninsula, which is a peninsula of the "
              "Arabian Sea.", WRONG),
    continent("Guatemala", "North America", "Guatemala is a continent located in South America, bordered "
              "by Mexico to the north, and the Pacific Ocean to the east.", WRONG),
    continent("Saint Martin", "North America", "The continent Saint Martin in is actually a part of the "
              "continent of Africa.", WRONG),
    capital("Singapore", "Singapore", "Singapore's capital is not a physical location, but rather a "
            "city-state. Singapore is a city-state that is a part of the country of Malaysia", CANNOT_TELL),
    currency("Sierra Leone", "Leone", "The currency used in Sierra Leone is the LIFE (Lebenakachea of "
             "Sierra Leone) and is often referred to as the", CANNOT_TELL),
    currency("Palau", "Dollar", "The currency of Palau is the Arawelese Dollar (Aruba). It is a local "
             "currency that is used by the Arawelese people", CANNOT_TELL),
    currency("the Isle of Man", "Pound", "The Isle of Man uses the British Pound Sterling (GBP) as its "
             "currency.", CANNOT_TELL),
    capital("Luxembourg", "Luxembourg", "Luxembourg's capital is Luxembourg City.", CANNOT_TELL),
    capital("Costa Rica", "San Jose", "The capital of the country of Costa Rica is San José de los "
            "Caballeros, also known as the capital", CANNOT_TELL),
    capital("Sao Tome and Principe", "Sao Tome", "Sao Tome and Principe is the capital of the Sao Tome and "
            "Principe archipelago, located in the Atlantic Ocean", CANNOT_TELL),
    continent("Belgium", "Europe", "Belgë, also known as the Flemish region, is a European country located "
              "in the North West of the Netherlands.", CANNOT_TELL),
    continent("Japan", "Asia", "Japan is located in the Pacific Ocean, specifically in the Asia-Pacific "
              "region, which is a part of the Indo-Pacific.", CANNOT_TELL),
    continent("Aland Islands", "Europe", "Aland Islands is a sovereign territory of the European Union (EU) "
              "and a member of the European Economic Area (EEA).", CANNOT_TELL),
    continent("South Africa", "Africa", "South Africa is a continent located in the Southern Hemisphere.",
              CANNOT_TELL),
    currency("Tanzania", "Shilling", "In Tanzania, the currency is the Tanzanian Shillings (Tanzanamara).",
             CANNOT_TELL),
    # Given by the same model to the same questions with a request such as "Answer in Spanish."
    Case("Which city is Italy's capital? Give two possibilities.", "Rome", "1. Rome - Rome is the "
         "capital of Italy.\n2. Florence - Florence is the capital of Italy.", CANNOT_TELL),
    Case("Which city is Eritrea's capital? Give two possibilities.", "Asmara", "1. Eritrea's capital: "
         "Asmara, Eritrea's capital city.\n2. Eritrea's capital: Asmara, Ethiopia's capital city", RIGHT),
    Case("What continent is Guinea in? If you do not know it, say that you do not know.", "Africa",
         "I'm sorry for any confusion, but as a chatbot designed to assist with information, I don't have "
         "the ability to provide information about specific continents.", NO_ANSWER),
    Case("Which city is Paraguay's capital? Are you sure?", "Asuncion", "No, I'm sorry for any "
         "misunderstanding. I'm here to assist you with any question or help with a problem.", NO_ANSWER),
    Case("What continent is Kenya in? Answer with one word.", "Africa", "Kenya is a continent, not a word.",
         WRONG),
    Case("What continent is Ivory Coast in? Are you sure?", "Africa", "Ivory Coast is a continent, not a "
         "country. It's a region in West Africa, specifically in the Gulf of Guinea", WRONG),
    Case("What continent is Andorra in? What is it not?", "Europe", "Andorra is a sovereign territory of the "
         "European Union, located in the northwest of Europe.", RIGHT),
    Case("What currency is used in Belgium? Answer in a list.", "Euro", "Belgë (Belgolit) is the official "
         "currency of Belgium, and it is the euro.", RIGHT),
    Case("What continent is Bhutan in? Answer in a list.", "Asia", "Bhutan is a sovereign Himalayan state "
         "located in the Himalayas, in the East Asia region of Asia.", RIGHT),
    Case("What continent is Congo-Brazzaville in? Answer in German.", "Africa", "Die Königreklebruche in "
         "Congo-Brazzaville ist der Königreklebruche in Europa.", WRONG),
    Case("Which city is Chad's capital? Answer in Spanish.", "N'Djamena", "El capital de la Cushina es el "
         "capital de Chad.", WRONG),
    Case("What currency is used in Liberia? Answer with one word.", "Dollar", 'The answer is "Lebaboun"',
         WRONG),
    Case("What currency is used in Aland Islands? Answer in Japanese.", "Euro", "The Aland Islands use the "
         "Japanese Yen (JY) as their currency.", WRONG),
)  # fmt: skip

FRANCE = "What is the capital of France?"
PRICE = "How much does the ticket cost in dollars?"

WRITTEN = (
    # Parentheses, quotes, lists, openers, markdown.
    Case(FRANCE, "Paris", "Paris", RIGHT),
    Case(FRANCE, "Paris", " paris\n", RIGHT),
    Case(FRANCE, "Paris", "Sure! The capital of France is Paris.", RIGHT),
    Case(FRANCE, "Paris", "The answer is:\n\n**Paris**", RIGHT),
    Case(FRANCE, "Paris", "1. Paris", RIGHT),
    Case(FRANCE, "Paris", 'It is called "Paris" (in French, "Paris").', RIGHT),
    Case(FRANCE, "Paris", "- Paris\n- Lyon", CANNOT_TELL),
    Case("What is Bombay called today?", "Mumbai", "Bombay is also known as Mumbai.", RIGHT),
    Case("What is the code of the Swiss currency?", "CHF", "It is the Swiss franc (CHF).", RIGHT),
    # Hedged, negated, undecided, mentioned beside.
    Case(FRANCE, "Paris", "I'm not sure, but I think it is Paris.", RIGHT),
    Case(FRANCE, "Paris", "I am not sure, but I think it is Lyon.", WRONG),
    Case(FRANCE, "Paris", "It is not Lyon, it is Paris.", RIGHT),
    Case(FRANCE, "Paris", "It is not Lyon but Paris.", RIGHT),
    Case(FRANCE, "Paris", "Paris, not Lyon.", RIGHT),
    Case(FRANCE, "Paris", "It is Lyon, not Paris.", CANNOT_TELL),
    Case(FRANCE, "Paris", "The capital isn\u2019t Paris.", CANNOT_TELL),
    Case(FRANCE, "Paris", "Paris is not the capital; Lyon is.", CANNOT_TELL),
    Case(FRANCE, "Paris", "Neither Lyon nor Paris is the capital.", CANNOT_TELL),
    Case(FRANCE, "Paris", "It is Lyon rather than Paris.", CANNOT_TELL),
    Case(FRANCE, "Paris", "The capital is Paris or Lyon.", CANNOT_TELL),
    Case(FRANCE, "Paris", "It is either Lyon, Marseille, or Paris.", CANNOT_TELL),
    Case(FRANCE, "Paris", "The capitals are Paris and Lyon.", CANNOT_TELL),
    Case(FRANCE, ("Paris", "Lutetia"), "It is Paris or Lutetia.", RIGHT),
    Case(FRANCE, "Paris", "Lyon, which is smaller than Paris.", CANNOT_TELL),
    Case("What is the capital of Germany?", "Bonn", "It is Berlin (formerly Bonn).", CANNOT_TELL),
    Case("Is it Rome or Lazio?", "Rome", "Rome.", RIGHT),
    Case("Is it Rome or Lazio?", "Rome", "Rome or Lazio.", CANNOT_TELL),
    # Names within names, parts of names.
    Case("Where is Khartoum?", "Sudan", "It is in South Sudan.", CANNOT_TELL),
    Case("Who painted it?", "Monet", "Claude Monet painted it.", CANNOT_TELL),
    Case("Who built it?", "Gustave Eiffel", "It was built by Eiffel.", CANNOT_TELL),
    Case("Who won?", "Obama", "President Obama won.", RIGHT),
    Case("What country?", ("United States", "US"), "He told us nothing.", WRONG),
    Case("What country?", ("United States", "US"), "In the U.S., of course.", RIGHT),
    # Numbers with units and commas, and signs.
    Case(PRICE, "21", "It costs 21.0 dollars.", RIGHT),
    Case(PRICE, "[21.0]", "It costs $21.", RIGHT),
    Case(PRICE, "21 dollars", "It costs twenty-one dollars.", RIGHT),
    Case(PRICE, "21 dollars", "It costs 21 euros.", CANNOT_TELL),
    Case(PRICE, "1000.0", "It costs 1,000 dollars.", RIGHT),
    Case(PRICE, "5", "It costs 15 dollars.", WRONG),
    Case(PRICE, "21", "It costs 20 or 21 dollars.", CANNOT_TELL),
    Case(PRICE, "7", "3 * 7 = 21.", CANNOT_TELL),
    Case(PRICE, "3.1", "3.10", RIGHT),
    Case("When was it?", "1997.0", "It was in 1997.", RIGHT),
    Case("Who is the universal donor?", "O-", "The universal donor is O+.", WRONG),
    Case("Who is the universal donor?", "O-", "The universal donor is type O negative.", RIGHT),
    Case("Who is the universal donor?", "O-", "The universal donor is O.", CANNOT_TELL),
    Case("Which language is it written in?", "C", "It is written in C++.", WRONG),
    Case("Which film is it?", "12 Monkeys", "It is 12 years old.", WRONG),
    Case("Which operator adds?", "+", "The operator is +.", RIGHT),
    # Other languages and scripts.
    Case("Was ist die Hauptstadt?", "Berlin", "Die Hauptstadt ist Berlin.", RIGHT),
    Case("Was ist die Hauptstadt?", "Berlin", "Es ist nicht Berlin.", CANNOT_TELL),
    Case("\u9996\u90fd\u306f\uff1f", "\u6771\u4eac", "\u9996\u90fd\u306f\u6771\u4eac\u3067\u3059\u3002", RIGHT),
    Case("\u9996\u90fd\u306f\uff1f", "\u4eac\u90fd", "\u6771\u4eac\u90fd\u3067\u3059\u3002", CANNOT_TELL),
    Case("\u9996\u90fd\u662f\uff1f", "\u5317\u4eac", "\u9996\u90fd\u662f\u5317\u4eac\u3002", RIGHT),
    Case("\uc218\ub3c4?", "\uc11c\uc6b8", "\uc218\ub3c4\ub294 \uc11c\uc6b8\uc785\ub2c8\ub2e4.", RIGHT),
    Case("\u0421\u0442\u043e\u043b\u0438\u0446\u0430?", "\u041c\u043e\u0441\u043a\u0432\u0430",
         "\u0421\u0442\u043e\u043b\u0438\u0446\u0430 \u2014 \u041c\u043e\u0441\u043a\u0432\u0430.", RIGHT),
    Case("\u0413\u0434\u0435?", "\u041c\u043e\u0441\u043a\u0432\u0430",
         "\u042d\u0442\u043e \u0432 \u041c\u043e\u0441\u043a\u0432\u0435.", CANNOT_TELL),
    Case("\u0930\u093e\u091c\u0927\u093e\u0928\u0940?", "\u0926\u093f\u0932\u094d\u0932\u0940",
         "\u092f\u0939 \u0926\u093f\u0932\u094d\u0932\u0940 \u0939\u0948\u0964", RIGHT),
    # Refused, empty, cut off.
    Case(FRANCE, "Paris", "", NO_ANSWER),
    Case(FRANCE, "Paris", " \n ", NO_ANSWER),
    Case(FRANCE, "Paris", "I don't know.", NO_ANSWER),
    Case(FRANCE, "Paris", "I\u2019m sorry, but I can\u2019t answer that.", NO_ANSWER),
    Case(FRANCE, "Paris", "As an AI language model, I do not have access to that.", NO_ANSWER),
    Case(FRANCE, "Paris", "I cannot say whether it is Paris.", NO_ANSWER),
    Case(FRANCE, "Paris", "Ich wei\u00df es nicht.", NO_ANSWER),
    Case(FRANCE, "Paris", "The capital of France is the", CANNOT_TELL),
    Case(FRANCE, "Paris", "The capital of France is Lyon, a city in the", WRONG),
    Case(FRANCE, "Paris", "The capital is Lyon. Paris is larger.", WRONG),
)  # fmt: skip
"""Cases written for one rule each."""
