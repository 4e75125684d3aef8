"""Messages to a bank, written for this project: eight subjects, twenty messages each."""

MESSAGES = {
    "card lost": """
        I left my card in a taxi last night and cannot find it.
        My wallet was stolen, and the card was in it.
        Please block my card, it is gone.
        Somebody took my purse on the train with my debit card inside.
        I must have dropped my card somewhere in town.
        I have searched the whole flat and my card is nowhere.
        Can you freeze the card at once? A thief has it.
        The card is missing since my holiday.
        I think I forgot my card in the restaurant.
        My bag was snatched, so please stop the card.
        How do I report that my card is no longer with me?
        It fell out of my pocket on the beach, I suppose.
        I lost my credit card while hiking.
        Someone robbed me and has my bank card now.
        My son threw my card away by mistake and the bin has been emptied.
        I do not have my card any more and want nobody to pay with it.
        The card disappeared from my desk at work.
        I cannot tell where my card is, please lock it.
        My card was in the coat that was stolen from the cloakroom.
        Last seen on Monday, my card has vanished.
    """,
    "card not here yet": """
        I ordered a card two weeks ago and nothing has come.
        When will my new card be delivered?
        The post has brought no card so far.
        How long does it take until a new card gets here?
        My replacement card still has not arrived.
        You said five days, yet my letter box is empty of cards.
        Is there a way to track the card that you sent?
        I am waiting for the card that comes with my account.
        Did you send my card to the old address?
        It has been a month and my first card is not here.
        Where is the new card that you promised to post?
        My wife received her card, mine is still on its way.
        Could you tell me the date on which the card was dispatched?
        The envelope came, but there was no card in it.
        I need my card by Friday: will it be here in time?
        My neighbour gets his cards in three days, I wait for three weeks.
        Has my card been shipped already?
        The courier says that he has no card for me.
        Please check on the delivery of my debit card.
        My old card expires tomorrow and the next one has not come.
    """,
    "payment declined": """
        The shop's terminal refused my card.
        Why was my purchase rejected this morning?
        I tried to pay for petrol and it did not go through.
        My card does not work in online shops.
        The cashier said that the bank declined the payment.
        There is money in the account, but I could not pay for dinner.
        Each time I buy a ticket, the payment fails.
        The website tells me that my card was not accepted.
        It was embarrassing: the till turned my card down twice.
        I cannot check out, the transaction is refused again and again.
        Contactless payment was denied at the supermarket.
        The hotel could not charge my card.
        Payment unsuccessful, it says, whenever I order something.
        My card was turned away at the pharmacy today.
        What is the reason that my subscription could not be paid by card?
        The machine in the car park would not take my card.
        I wanted to buy shoes and my card got rejected.
        The airline writes that my bank did not approve the payment.
        I get an error when I pay in the app of the bus company.
        The card reader beeped and showed 'declined'.
    """,
    "transfer pending": """
        I sent money to my landlord and he has not received it.
        My transfer has been pending for three days.
        When will the amount that I wired reach my sister?
        The transfer left my account but did not arrive.
        How many days does a transfer to Spain take?
        The status of my bank transfer has been 'processing' since Tuesday.
        My friend waits for the money that I sent yesterday.
        Is my transfer to the savings bank stuck?
        I moved money to another bank, and there is no trace of it.
        The seller says that my wire has not shown up.
        Why is the money that I sent abroad still under way?
        I made a transfer on Monday, today it is still open.
        Can you see where my transfer hangs?
        The invoice was paid by transfer last week, the firm has nothing yet.
        My salary was sent by my employer but is not on the account.
        Does a transfer at the weekend take longer?
        The recipient asks me where the transferred money is.
        I need the transfer to be through by tonight: will it?
        The standing order was carried out, but the rent has not got there.
        It says 'on its way' beside my transfer, for four days now.
    """,
    "refund wanted": """
        I sent the jacket back, when do I get my money?
        The shop promised a refund, and it is not on my statement.
        I want my money back for a concert that was cancelled.
        How can I reverse a purchase that I made by card?
        The merchant owes me the price of a broken kettle.
        Please return the money that I paid to a fraudulent shop.
        I cancelled the order, but I was not reimbursed.
        Can I dispute a payment for goods that were never delivered?
        My flight did not take place, and I would like to be refunded.
        The refund for my hotel room does not show.
        I returned a television and expect the amount on my card.
        How long does it take until a refund is credited?
        The seller agreed to give the money back, nothing happened.
        I paid for a course that was called off: get me my money back, please.
        I would like to claim back what I spent on a faulty phone.
        They sent the wrong size, and I want a chargeback.
        Where is the refund from the furniture store?
        I was told that a credit for the returned books would come.
        I changed my mind about a purchase and ask for the sum to be returned.
        The gym charged me after I had left, I demand repayment.
    """,
    "PIN forgotten": """
        I cannot remember the code of my card.
        What is my PIN? I have forgotten it.
        I typed the wrong number three times and the card is blocked.
        Please send me a new PIN.
        How do I change the secret number of my card?
        The four digits have slipped my mind.
        I need to reset the PIN.
        The cash machine says that my PIN is incorrect.
        Where in the app can I look up my PIN?
        I threw away the letter with the code for my card.
        I mixed up my PIN with that of another card.
        May I choose a PIN of my own?
        After three false attempts my PIN is locked.
        I never got the letter with the secret number.
        My code does not work any more, what now?
        Can you unlock my PIN, please?
        I would like an easier number for my card, the present one I keep forgetting.
        I am not sure about the last digit of my PIN.
        The PIN that I enter is always wrong.
        How can I get the code of my card once more?
    """,
    "fee charged": """
        Why did you take five euros from my account this month?
        I was charged a fee for paying abroad.
        There is a service charge that I do not understand.
        What does it cost to keep an account with you?
        You have deducted an amount for account maintenance.
        Is there a charge for taking out money in another country?
        I do not agree with the price of the exchange that you put on my bill.
        Since when do I have to pay for my account?
        An extra cost was added to my purchase in dollars.
        Please explain the commission on my last transfer.
        Your website says that it is free, yet I paid a fee.
        I found an annual charge for the card on my statement.
        How much do you take for an overdraft?
        A penalty was booked because my account was in the red.
        I see a fee of two per cent on everything that I bought in London.
        What is this monthly charge for?
        Are there costs when I top up my account?
        You billed me for a paper statement that I never wanted.
        Which fees come with the gold card?
        The charges on my account have doubled, why?
    """,
    "cash wrong": """
        The cash machine gave me less than I asked for.
        I wanted a hundred and got only fifty out of the ATM.
        The machine kept my notes but my account was debited.
        No money came out, yet it is booked as a withdrawal.
        There is a cash withdrawal on my statement that I did not make.
        The ATM swallowed the notes that I paid in.
        I withdrew money once, and it was booked twice.
        The dispenser counted wrong when I took out cash.
        Money was withdrawn in a city where I have never been.
        The machine shut down before it handed out my banknotes.
        My deposit at the machine was short by twenty.
        The slip says two hundred, I held one hundred and eighty in my hand.
        One of the notes from your cash machine is counterfeit.
        I got no banknotes, only a receipt.
        The amount of cash in the drawer was not what I had typed.
        Someone has taken cash from my account at an ATM in Rome.
        The cashpoint jammed and my money stayed inside.
        I paid in three hundred in notes and two hundred were credited.
        The ATM returned my card without the money.
        Your machine debited me for notes that never came out.
    """,
}


def bank_messages() -> tuple[list[str], list[int], list[str]]:
    """The messages, the number of each one's subject, and the subjects."""
    rows = [
        (line.strip(), number) for number, lines in enumerate(MESSAGES.values()) for line in lines.strip().splitlines()
    ]
    return [text for text, _ in rows], [label for _, label in rows], list(MESSAGES)
